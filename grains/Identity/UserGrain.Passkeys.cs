using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <content>Passkeys.</content>
public sealed partial class UserGrain
{
    /// <inheritdoc/>
    public Task<PasskeyChallenge> BeginPasskeyAsync() => AuditedAsync(AuditEvents.UserPasskeyBegun, EntityId, async () =>
    {
        var state = RequireOwn();
        RequireRoom(state);
        var challenge = await passkeys.BeginRegistrationAsync(HolderOf(state), Session, state.Record.Login, state.Record.DisplayName);
        await RecordAsync(Gate.Record(AuditEvents.UserPasskeyBegun, EntityId));
        return challenge;
    });

    /// <inheritdoc/>
    public Task<PasskeyRecord> AddPasskeyAsync(RegisterPasskey request) => AuditedAsync(AuditEvents.UserPasskeyAdded, EntityId, async () =>
    {
        var state = RequireOwn();
        var asked = PasskeyRules.Check(request);
        RequireRoom(state);
        var passkey = await passkeys.RegisterAsync(HolderOf(state), Session, asked) ?? throw PasskeyRules.NotRegistered();
        var own = PasskeysOf(state);
        await CommitAsync(
            state with { Passkeys = own with { Keys = own.Keys.Add(passkey) } },
            Gate.Record(AuditEvents.UserPasskeyAdded, EntityId, detail: [("passkey", passkey.Id.ToString("D"))]));
        return passkey.View();
    });

    /// <inheritdoc/>
    public Task<Page<PasskeyRecord>> ListPasskeysAsync(PageRequest page) => AuditedAsync(AuditEvents.UserPasskeysListed, EntityId, async () =>
    {
        Check.PageLimit(page.Limit);
        // There are never more than a page holds, so no cursor was ever given.
        if (page.Cursor is not null) throw Check.Invalid("/cursor", "This cursor was not given by this list. Start again without one.");
        var keys = PasskeysOf(RequireOwn()).Keys;
        await RecordAsync(Gate.Record(
            AuditEvents.UserPasskeysListed, EntityId, detail: [("count", keys.Length.ToString(CultureInfo.InvariantCulture))]));
        return new Page<PasskeyRecord>([.. keys.Select(key => key.View())], null);
    });

    /// <inheritdoc/>
    public Task RemovePasskeyAsync(Guid passkey) => AuditedAsync(AuditEvents.UserPasskeyRemoved, EntityId, async () =>
    {
        var state = RequireOwn();
        var own = PasskeysOf(state);
        var left = own.Keys.RemoveAll(key => key.Id == passkey);
        if (left.Length == own.Keys.Length) throw new DomainException(ErrorCode.NotFound, "There is no such passkey.");
        await CommitAsync(
            state with { Passkeys = own with { Keys = left } },
            Gate.Record(AuditEvents.UserPasskeyRemoved, EntityId, detail: [("passkey", passkey.ToString("D"))]));
        return true;
    });

    /// <inheritdoc/>
    public async Task<SessionOpening> OpenByPasskeyAsync(OpeningByPasskey opening)
    {
        if (Current is not { } state) return new SessionOpening(OpeningVerdict.PasskeyRefused);
        if (await passkeys.VerifyAsync(HolderOf(state), opening.Proof) is not { } used) return new SessionOpening(OpeningVerdict.PasskeyRefused);
        if (state.Record.Disabled) return new SessionOpening(OpeningVerdict.Changed);
        if (!UserRules.View(state).Enrolled) return new SessionOpening(OpeningVerdict.EnrolmentRequired);
        return await OpenSessionAsync(state with { Passkeys = used }, opening.Session, opening.ExpiresAt, []);
    }

    private static Guid Session => Caller.SessionId ?? throw UserRules.NotFound();

    private static PasskeysState PasskeysOf(UserState state) => state.Passkeys ?? PasskeysState.None;

    private static void RequireRoom(UserState state)
    {
        if (PasskeysOf(state).Keys.Length >= PasskeyRules.MaxPasskeys)
            throw new DomainException(ErrorCode.Conflict, "This account has ten passkeys, the most there may be. Remove one first.");
    }

    // A program has no account: it learns what anyone learns where there is none.
    private UserState RequireOwn()
    {
        var relation = Caller.Kind is ActorKind.User && Caller.ActorId == Id ? Relation.Own : Relation.None;
        return Current is { } state && PolicyTable.Holds(Permission.ManageOwnAccount, relation) ? state : throw UserRules.NotFound();
    }

    private PasskeyHolder HolderOf(UserState state) => new(PasskeyRules.HandleOf(Practice!.Value, Id), PasskeysOf(state));
}
