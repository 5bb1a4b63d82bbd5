using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Identity;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Patients;

namespace JamEmr.Tokens;

/// <summary>What the inventory says of each thing. Pure.</summary>
internal static class InventoryRules
{
    /// <summary>The list goes on behind this place.</summary>
    /// <param name="Kind">The kind that comes next.</param>
    /// <param name="After">Where in that kind; null at its beginning.</param>
    internal sealed record Place(InventoryKind Kind, string? After)
    {
        /// <summary>The beginning.</summary>
        public static readonly Place First = new(InventoryKind.Token, null);

        /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
        public static Place Parse(string? text)
        {
            if (text is null) return First;
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            return space > 0 && int.TryParse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var kind)
                && Enum.IsDefined((InventoryKind)kind)
                ? new Place((InventoryKind)kind, space + 1 < text.Length ? text[(space + 1)..] : null)
                : throw Check.Invalid("/cursor", "This cursor was not given by this list. Start again without one.");
        }

        /// <inheritdoc/>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(int)Kind} {After}");
    }

    /// <summary>Whether a token can reach anything, now or once it is approved.</summary>
    public static bool CanReach(TokenRecord token) => token.Status is TokenStatus.Active or TokenStatus.PendingApproval;

    /// <summary>A token. Who approved it is asked of the approval.</summary>
    public static InventoryItem Of(TokenRecord token, ImmutableArray<Guid> approvedBy) => new(
        InventoryKind.Token,
        token.Id.ToString("D"),
        token.Purpose,
        token.Owner,
        [Code(token.Role), .. token.Scopes],
        token.CreatedAt,
        token.ExpiresAt,
        token.LastUsedAt,
        token.LastUsedAddress,
        token.Status is TokenStatus.PendingApproval ? InventoryGround.Waiting
            : token.ApprovedBy is null ? InventoryGround.Administrator
            : InventoryGround.Approval,
        token.ApprovedBy,
        token.ApprovedBy is not null ? approvedBy
            : token.Status is not TokenStatus.PendingApproval && token.RegisteredBy is { } registrar ? [registrar]
            : []);

    /// <summary>A session. It stands on the approval of its account, where the account needed one.</summary>
    public static InventoryItem Of(SessionRecord session, Guid? approval, ImmutableArray<Guid> approvedBy) => new(
        InventoryKind.Session,
        session.Id.ToString("D"),
        Name: null,
        session.User,
        [.. session.Roles.Select(Code)],
        session.OpenedAt,
        session.ExpiresAt,
        session.LastUsedAt,
        session.OpenedFrom,
        approval is null ? InventoryGround.Administrator : InventoryGround.Approval,
        approval,
        approvedBy);

    /// <summary>An emergency access. Whose chart it opens is for those who may read emergency accesses.</summary>
    public static InventoryItem Of(BreakGlassRecord grant) => new(
        InventoryKind.BreakGlass,
        grant.Id.ToString("D"),
        Name: null,
        grant.User,
        [Code(Role.Clinical)],
        grant.StartedAt,
        grant.ExpiresAt,
        LastUsedAt: null,
        Address: null,
        InventoryGround.Emergency,
        Approval: null,
        grant.Review is { } review ? [review.By] : []);

    /// <summary>A witness.</summary>
    public static InventoryItem Of(NoteVerifier witness) => new(
        InventoryKind.Witness, witness.Id, witness.Name, Person: null, [], Since: null, EndsAt: null, LastUsedAt: null, Address: null,
        InventoryGround.Configuration, Approval: null, []);

    /// <summary>An export, as its record on the log tells of it.</summary>
    public static InventoryItem OfExport(AuditRecord record) => new(
        InventoryKind.Export,
        record.Id.ToString("D"),
        record.Detail.GetValueOrDefault("format"),
        record.ActorId,
        [.. record.Roles.Select(Code)],
        record.Time,
        EndsAt: null,
        LastUsedAt: null,
        record.RemoteAddress,
        InventoryGround.Office,
        Approval: null,
        []);

    private static string Code(Role role) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(role.ToString());
}
