using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Notices;

namespace JamEmr.Identity;

/// <inheritdoc cref="IUserGrain"/>
/// <remarks>Nothing that interleaves stores anything: it reads what is stored and recorded, or keeps notes in memory.</remarks>
public sealed partial class UserGrain(
    [PersistentState("user")] IPersistentState<Audited<UserState>> storage,
    AuditGate gate,
    Passwords passwords,
    Passkeys passkeys,
    KeyedHash hash,
    SecretBox box,
    TimeProvider time) : AuditedGrain<UserState>(storage, gate), IUserGrain
{
    private readonly HashSet<Guid> _endedSessions = [];
    private string? _loginBeingTaken;

    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => Id.ToString("D");

    /// <inheritdoc/>
    public Task<UserRecord> CreateAsync(CreateUser command) => AuditedAsync(AuditEvents.UserCreated, EntityId, () =>
    {
        UserRules.RequireNoApproval(RequiredApprovals.OfAccount(UserRules.Normalise(command).Roles));
        return CreateCoreAsync(command, null);
    });

    /// <inheritdoc/>
    public Task<UserRecord> CreateFirstAsync(CreateUser command) =>
        AuditedAsync(AuditEvents.UserCreated, EntityId, () => CreateCoreAsync(command, null));

    /// <inheritdoc/>
    public Task<UserRecord> GetAsync() => AuditedAsync(AuditEvents.UserRead, EntityId, async () =>
    {
        var record = UserRules.View(Current ?? throw UserRules.NotFound());
        await RecordAsync(Gate.Record(AuditEvents.UserRead, EntityId, contentHash: GrainJson.Hash(record)));
        return record;
    });

    /// <inheritdoc/>
    public Task<UserRecord> UpdateAsync(UpdateUser command, int expectedVersion) => AuditedAsync(AuditEvents.UserUpdated, EntityId, async () =>
    {
        var state = Current ?? throw UserRules.NotFound();
        var change = UserRules.Normalise(command);
        Check.Version(expectedVersion, state.Record.Version);
        UserRules.MayChange(Caller, state.Record, change);
        UserRules.RequireNoApproval(RequiredApprovals.OfChange(state.Record, change.Roles, change.Disabled));
        // First the sessions, then the account: a crash between leaves people to sign in again, never a session with rights that are gone.
        if (UserRules.EndsSessions(state.Record, change)) await EndSessionsAsync(state.Sessions, "account_changed");
        var record = state.Record with
        {
            DisplayName = change.DisplayName,
            Roles = change.Roles,
            TimeZone = change.TimeZone,
            Disabled = change.Disabled,
            Version = state.Record.Version + 1,
        };
        var sessions = UserRules.EndsSessions(state.Record, change) ? [] : Alive(state.Sessions);
        if (state.Record.Disabled && !record.Disabled) await NotifyOfficersAsync(NoticeKind.AccountReopened, record.Version);
        var next = state.WithAccess(record) with { Sessions = sessions };
        await CommitAsync(next, [.. Facts(state.Record, UserRules.View(next))]);
        return UserRules.View(next);
    });

    /// <inheritdoc/>
    public Task<PasswordCheck> VerifyPasswordAsync(string password)
    {
        var account = Current;
        var isRight = passwords.Verify(account?.PasswordHash is { Length: > 0 } stored ? stored : null, password);
        var verdict = account is null ? PasswordVerdict.NoAccount
            : !isRight ? PasswordVerdict.Wrong
            : account.Record.Disabled ? PasswordVerdict.Disabled
            : PasswordVerdict.Right;
        return Task.FromResult(verdict is PasswordVerdict.Right
            ? new PasswordCheck(verdict, new UserIdentity(Id, account!.Record.Roles), account.Credentials)
            : new PasswordCheck(verdict, null));
    }

    /// <inheritdoc/>
    public Task SessionEndedAsync(Guid session)
    {
        _endedSessions.Add(session);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<KnownSessions?> KnownSessionsAsync() => Task.FromResult(
        Current is { } state ? new KnownSessions([.. Alive(state.Sessions).Select(session => session.Id)]) : null);

    /// <inheritdoc/>
    public Task<bool> ClaimsLoginAsync(string login) => Task.FromResult(
        string.Equals(login, _loginBeingTaken, StringComparison.Ordinal) || string.Equals(login, Current?.Record.Login, StringComparison.Ordinal));

    /// <inheritdoc/>
    public Task<UserRecord?> PeekAsync() => Task.FromResult(Current is { } state ? UserRules.View(state) : null);

    /// <inheritdoc/>
    public Task<ProviderFacts?> ProviderAsync() => Task.FromResult(
        Current is { Record: { Disabled: false } record } && record.Roles.Contains(Role.Clinical)
            ? new ProviderFacts(record.DisplayName, record.TimeZone)
            : null);

    private async Task<UserRecord> CreateCoreAsync(CreateUser command, Guid? approval)
    {
        var normal = UserRules.Normalise(command);
        if (Current is { } existing)
        {
            if (!string.Equals(existing.CreationHash, GrainJson.Hash(normal), StringComparison.Ordinal))
                throw new DomainException(ErrorCode.Conflict, "This account was created with other data.");
            // The repeat changes nothing and shows the account: a read.
            var known = UserRules.View(existing);
            await RecordAsync(Gate.Record(AuditEvents.UserRead, EntityId, contentHash: GrainJson.Hash(known)));
            return known;
        }

        try
        {
            _loginBeingTaken = normal.Login;
            var registry = GrainFactory.GetGrain<IUserRegistryGrain>(GrainKeys.Of(Practice ?? throw UserRules.NotFound(), "users"));
            if (!await registry.ClaimAsync(normal.Login, Id))
                throw new DomainException(ErrorCode.LoginTaken, "Another account has this login. Choose another.", "/login");
            var record = new UserRecord(
                Id, normal.Login, normal.DisplayName, normal.Roles, normal.TimeZone, Disabled: false, time.GetUtcNow(), Version: 1);
            var created = new UserState(record, GrainJson.Hash(normal), PasswordHash: "", []) { WasPrivileged = SecondFactorRules.IsRequired(record.Roles) };
            var shown = UserRules.View(created);
            await CommitAsync(
                created,
                Gate.Record(
                    AuditEvents.UserCreated,
                    EntityId,
                    contentHash: GrainJson.Hash(shown),
                    detail: [("roles", string.Join(' ', record.Roles)), .. By(approval)]));
            return shown;
        }
        finally
        {
            _loginBeingTaken = null;
        }
    }

    // What an auditor looks for has a record of its own beside the change's.
    private IEnumerable<AuditRecord> Facts(UserRecord before, UserRecord after, Guid? approval = null)
    {
        var content = GrainJson.Hash(after);
        var roles = string.Join(' ', after.Roles);
        yield return Gate.Record(
            AuditEvents.UserUpdated, EntityId, contentHash: content, detail: [("roles", roles), ("disabled", after.Disabled ? "true" : "false"), .. By(approval)]);
        if (!after.Roles.SequenceEqual(before.Roles))
        {
            yield return Gate.Record(
                AuditEvents.UserRolesChanged, EntityId, contentHash: content, detail: [("before", string.Join(' ', before.Roles)), ("after", roles), .. By(approval)]);
        }

        if (after.Disabled != before.Disabled)
            yield return Gate.Record(after.Disabled ? AuditEvents.UserDisabled : AuditEvents.UserEnabled, EntityId, contentHash: content);
    }

    private static (string Key, string Value)[] By(Guid? approval) => approval is { } id ? [("approval", id.ToString("D"))] : [];

    private ImmutableArray<KnownSession> Alive(ImmutableArray<KnownSession> sessions)
    {
        var now = time.GetUtcNow();
        return [.. sessions.Where(session => session.ExpiresAt > now && !_endedSessions.Contains(session.Id))];
    }

    private Task EndSessionsAsync(ImmutableArray<KnownSession> sessions, string reason) => Task.WhenAll(Alive(sessions).Select(
        session => GrainFactory.GetGrain<IUserSessionGrain>(GrainKeys.Of(Practice!.Value, session.Id)).EndBySystemAsync(reason)));
}
