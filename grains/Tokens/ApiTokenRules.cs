using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Tokens;

/// <summary>Rules of API tokens. Pure.</summary>
internal static class ApiTokenRules
{
    /// <summary>How far the stored last use may be behind.</summary>
    public static readonly TimeSpan LastUsedLag = TimeSpan.FromMinutes(10);

    /// <summary>Beyond this a token needs approval however little it reaches.</summary>
    public const int UsualDays = 90;

    /// <summary>Nobody looks at what lasts longer.</summary>
    public const int MaxDays = 365;

    /// <summary>Why a token opens nothing: it was revoked.</summary>
    public const string Revoked = "revoked";

    /// <summary>Why a token opens nothing: its time is over.</summary>
    public const string Expired = "expired";

    /// <summary>Why a token opens nothing: nobody approved it yet.</summary>
    public const string PendingApproval = "pending_approval";

    /// <summary>Why a token opens nothing: it was for trying out, and the practice works for real now.</summary>
    public const string SandboxOver = "sandbox_over";

    /// <summary>Why a token opens nothing: it is for real patients, whom a practice without an agreement has none of.</summary>
    public const string BaaRequired = "baa_required";

    /// <summary>Why a token opens nothing: nobody answers for it.</summary>
    public const string OwnerDisabled = "owner_disabled";

    private const int MaxScopes = 50;
    private const int MaxNetworks = 20;
    private const int MaxOverlapHours = 72;

    // What tells of a person's health, of what was said, or of who saw it.
    private static readonly FrozenSet<string> WideResources = FrozenSet.ToFrozenSet(
        [
            SmartScope.AnyResource, "Condition", "MedicationStatement", "AllergyIntolerance", "DocumentReference", "Encounter", "Provenance",
            "AuditEvent",
        ],
        StringComparer.Ordinal);

    /// <summary>A registration in normal form.</summary>
    public static RegisterToken Normalise(RegisterToken command)
    {
        var purpose = Check.Text(command.Purpose, "/purpose", 3, 200);
        if (!PolicyTable.TokenRoles.Contains(command.Role))
            throw Check.Invalid("/role", "A token acts as clinical, frontDesk or administrative; an officer acts in person.");
        if (command.Scopes.IsDefaultOrEmpty) throw Check.Invalid("/scopes", "A token needs at least one scope, such as system/Patient.rs.");
        if (command.Scopes.Length > MaxScopes) throw Check.Invalid("/scopes", "A token has at most 50 scopes.");
        var networks = command.Networks is { IsDefault: false } given ? given : [];
        if (networks.Length > MaxNetworks) throw Check.Invalid("/networks", "A token has at most 20 networks.");
        return command with
        {
            Purpose = purpose,
            Scopes = InOrder(command.Scopes.Select((text, i) => SmartScope.Parse(text, Pointer("/scopes", i)).ToString())),
            ExpiresInDays = Check.Range(command.ExpiresInDays, "/expiresInDays", 1, MaxDays),
            Networks = InOrder(networks.Select((text, i) => ParseNetwork(text, Pointer("/networks", i)))),
        };
    }

    /// <summary>A normalised registration as the record of a token.</summary>
    public static TokenRecord ToRecord(RegisterToken normal, Guid id, Guid owner, TokenRecord? parent, DateTimeOffset now)
    {
        var end = now.AddDays(normal.ExpiresInDays);
        var record = new TokenRecord(
            id, normal.Purpose, normal.Role, normal.Scopes, owner, now,
            parent is not null && parent.ExpiresAt < end ? parent.ExpiresAt : end,
            RevokedAt: null, LastUsedAt: null, normal.Networks!.Value, normal.Parent, Sandbox: normal.Sandbox, RegisteredBy: owner);
        return IsWide(record) || normal.ExpiresInDays > UsualDays ? record with { AwaitsApprovalOf = HashOf(record) } : record;
    }

    /// <summary>Whether a token reaches so far that another person must release it.</summary>
    public static bool IsWide(TokenRecord token) => token.Scopes.Any(text => WideResources.Contains(Scope(text).Resource));

    /// <summary>Whether a token reaches anything of patients, so that the Security Officer hears of each secret it is given.</summary>
    public static bool ReachesPatients(TokenRecord token) =>
        IsWide(token) || token.Scopes.Any(text => Scope(text).Resource is "Patient" or "Appointment");

    /// <summary>What the proof that a token gives its callers is about: which token, with which secret, and where the practice stood with its agreement.</summary>
    public static string ProofOf(Guid practice, Guid token, string secretHash, BaaStatus baa) =>
        string.Create(CultureInfo.InvariantCulture, $"{practice:D}/{token:D}/{secretHash}/{(int)baa}");

    /// <summary>Whether a token gave a caller all that they say they have.</summary>
    public static bool HasEstablished(TokenRecord token, Caller caller) =>
        caller is { SessionId: null, ReauthenticatedAt: null, BreakGlass: null }
        && caller.Roles.AsSpan().SequenceEqual([token.Role])
        && caller.Scopes.AsSpan().SequenceEqual(token.Scopes.AsSpan());

    /// <summary>What an approval of the token as it stands, or of the later end asked for, must name.</summary>
    public static string HashOf(TokenRecord token) => GrainJson.Hash(new TokenContent(
        token.Id, token.Purpose, token.Role, token.Scopes, token.Networks, token.Parent, token.Owner, token.RequestedExpiresAt ?? token.ExpiresAt, token.Sandbox));

    /// <summary>Programs reach real patients only under an agreement (45 CFR 164.502(e)); before the first one they try things out.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.BaaRequired"/>, or the field that is wrong.</exception>
    public static void RequireAgreement(RegisterToken normal, BaaStatus baa)
    {
        if (baa is BaaStatus.InForce)
        {
            if (normal.Sandbox) throw Check.Invalid("/sandbox", "An agreement is in force: register a token without sandbox.");
        }
        else if (!normal.Sandbox || baa is BaaStatus.Ended)
        {
            throw new DomainException(
                ErrorCode.BaaRequired,
                "There is no business associate agreement in force. Record one; before the first, sandbox tokens can be registered.",
                "/sandbox");
        }
    }

    /// <summary>A child can nothing that its parent cannot.</summary>
    /// <exception cref="DomainException">Names the field that reaches further.</exception>
    public static void RequireWithin(RegisterToken child, TokenRecord? parent)
    {
        if (parent is null) throw Check.Invalid("/parent", "There is no such token to be the parent.");
        if (parent.Parent is not null) throw Check.Invalid("/parent", "A child token has no children. Name its parent instead.");
        if (parent.Status is not TokenStatus.Active || parent.OwnerDisabled)
            throw new DomainException(ErrorCode.Conflict, "The parent opens nothing itself. Have it approved, give it an owner, or register another.", "/parent");
        if (child.Sandbox != parent.Sandbox) throw Check.Invalid("/sandbox", "A sandbox token's children are sandbox tokens, and no other token's are.");
        if (child.Role != parent.Role) throw Check.Invalid("/role", "A child acts in its parent's role.");
        var scopes = parent.Scopes.Select(Scope).ToArray();
        for (var i = 0; i < child.Scopes.Length; i++)
        {
            if (!IsWithin(Scope(child.Scopes[i]), scopes))
                throw Check.Invalid("/scopes", $"The parent does not have {child.Scopes[i]}.");
        }

        if (!AreWithin(child.Networks!.Value, parent.Networks))
            throw Check.Invalid("/networks", "A child may be used only from within its parent's networks. Name networks that are.");
    }

    /// <summary>A renewal as the token's record: the later end, or the request for it.</summary>
    public static TokenRecord Renew(TokenRecord token, RenewToken command, TokenRecord? parent, DateTimeOffset now)
    {
        var end = now.AddDays(Check.Range(command.ExpiresInDays, "/expiresInDays", 1, UsualDays));
        RequireAlive(token, now);
        if (token is { AwaitsApprovalOf: not null, RequestedExpiresAt: null })
            throw new DomainException(ErrorCode.Conflict, "This token waits for its first approval. Renew it after that.");
        if (end <= token.ExpiresAt) throw Check.Invalid("/expiresInDays", "The token lasts longer than that already.");
        if (parent is not null && end > parent.ExpiresAt)
            throw Check.Invalid("/expiresInDays", "A child cannot outlast its parent. Renew the parent first.");
        if (!IsWide(token)) return token with { ExpiresAt = end, RenewedAt = now };
        var asked = token with { RequestedExpiresAt = end };
        return asked with { AwaitsApprovalOf = HashOf(asked) };
    }

    /// <summary>A token as it is once what waited was approved.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Conflict"/> when something else waits than was approved.</exception>
    public static TokenRecord Approve(TokenRecord token, Guid approval, string? contentHash, DateTimeOffset now)
    {
        RequireAlive(token, now);
        if (token.AwaitsApprovalOf is null || !string.Equals(token.AwaitsApprovalOf, contentHash, StringComparison.Ordinal))
            throw new DomainException(ErrorCode.Conflict, "What was approved is not what waits. Ask again with the token's awaitsApprovalOf.");
        return token with
        {
            ExpiresAt = token.RequestedExpiresAt ?? token.ExpiresAt,
            RenewedAt = token.RequestedExpiresAt is null ? token.RenewedAt : now,
            RequestedExpiresAt = null,
            AwaitsApprovalOf = null,
            ApprovedBy = approval,
        };
    }

    /// <summary>A token with another owner. Not while its release waits, so that nobody is asked to approve what then becomes another's. A renewal
    /// that was asked for is taken back: who answers for the token now asks for it, or does not.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static TokenRecord Transfer(TokenRecord token, Guid owner, DateTimeOffset now)
    {
        RequireAlive(token, now);
        if (token is { AwaitsApprovalOf: not null, RequestedExpiresAt: null })
        {
            throw new DomainException(
                ErrorCode.Conflict, "This token waits for its release. Have it released first, or withdraw that, revoke the token and register another.");
        }

        return token with { Owner = owner, RequestedExpiresAt = null, AwaitsApprovalOf = null };
    }

    /// <summary>How long the secret before a rotation still opens.</summary>
    public static TimeSpan Overlap(RotateToken command) => TimeSpan.FromHours(Check.Range(command.OverlapHours, "/overlapHours", 0, MaxOverlapHours));

    /// <summary>Refuses where a token is over.</summary>
    public static void RequireAlive(TokenRecord token, DateTimeOffset now)
    {
        if (token.RevokedAt is not null || now >= token.ExpiresAt)
            throw new DomainException(ErrorCode.Conflict, "This token is over and stays so. Register another.");
    }

    /// <summary>Why a token by itself opens nothing, as a code; null while it is good.</summary>
    public static string? EndOf(TokenRecord token, DateTimeOffset now) =>
        token.RevokedAt is not null ? Revoked
        : now >= token.ExpiresAt ? Expired
        : token is { AwaitsApprovalOf: not null, RequestedExpiresAt: null } ? PendingApproval
        : null;

    /// <summary>Why a token opens nothing, by itself or by what it depends on; null while it is good.</summary>
    public static string? EndOf(TokenRecord token, TokenSurroundings around, DateTimeOffset now) =>
        EndOf(token, now)
        ?? (around.ParentEnd is { } parent ? $"parent_{parent}" : null)
        ?? (around.IsOwnerEnabled ? null : OwnerDisabled)
        ?? (token.Sandbox, around.Baa) switch
        {
            (true, not BaaStatus.None) => SandboxOver,
            (false, BaaStatus.None) => BaaRequired,
            _ => null,
        };

    /// <summary>Whether a token may be used from an address.</summary>
    public static bool MayComeFrom(TokenRecord token, string address) =>
        token.Networks.IsEmpty || token.Networks.Any(text => Network.TryParse(text, out var network) && network.Contains(address));

    /// <summary>The record with what is true of this moment.</summary>
    public static TokenRecord View(TokenRecord token, TokenSurroundings around, DateTimeOffset now) => token with
    {
        Status = (EndOf(token, now) ?? around.ParentEnd) switch
        {
            Revoked => TokenStatus.Revoked,
            Expired => TokenStatus.Expired,
            PendingApproval => TokenStatus.PendingApproval,
            _ => token.Sandbox && around.Baa is not BaaStatus.None ? TokenStatus.Expired : TokenStatus.Active,
        },
        OwnerDisabled = !around.IsOwnerEnabled || around.ParentEnd is OwnerDisabled,
    };

    /// <summary>What callers learn where no token is.</summary>
    public static DomainException NotFound() => new(ErrorCode.NotFound, "There is no such token.");

    /// <summary>Whether every scope of a child is among its parent's, taken together.</summary>
    public static bool IsWithin(SmartScope scope, IEnumerable<SmartScope> parent)
    {
        var given = ScopeInteractions.None;
        foreach (var one in parent)
        {
            if (one.Resource is SmartScope.AnyResource || string.Equals(one.Resource, scope.Resource, StringComparison.Ordinal))
                given |= one.Interactions;
        }

        return (given & scope.Interactions) == scope.Interactions;
    }

    private static bool AreWithin(ImmutableArray<string> child, ImmutableArray<string> parent)
    {
        if (parent.IsEmpty) return true;
        var outer = parent.Select(Net).ToArray();
        return !child.IsEmpty && child.Select(Net).All(inner => outer.Any(network => network.Contains(inner)));
    }

    // Stored scopes and networks were checked when they were registered.
    private static SmartScope Scope(string text) => SmartScope.Parse(text, "/scopes");

    private static Network Net(string text) => Network.TryParse(text, out var network) ? network : throw Check.Invalid("/networks", NetworkForm);

    private const string NetworkForm = "Write networks in CIDR form with no bits behind the prefix, such as 192.0.2.0/24 or 2001:db8::/32.";

    private static string ParseNetwork(string? text, string pointer) =>
        Network.TryParse(text, out var network) ? network.ToString() : throw Check.Invalid(pointer, NetworkForm);

    private static string Pointer(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}/{index}");

    private static ImmutableArray<string> InOrder(IEnumerable<string> texts) =>
        [.. texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
