using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Approvals;

namespace JamEmr.Identity;

/// <summary>A person's account. Key <c>{practice}/{user}</c>.</summary>
[Alias("jamemr.user")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>Creates the account; repeating the same request gives the same answer.</summary>
    [Requires(Permission.ManageUsers), StepUp, Alias("create")]
    Task<UserRecord> CreateAsync(CreateUser command);

    /// <summary>Creates one of the first accounts of a new practice.</summary>
    [Internal, Alias("create-first")]
    Task<UserRecord> CreateFirstAsync(CreateUser command);

    /// <summary>The account.</summary>
    [Requires(Permission.ReadUsers), Alias("get")]
    Task<UserRecord> GetAsync();

    /// <summary>Changes roles, name, zone or status. Changed roles or a disabled account end every session of the person before the
    /// answer.</summary>
    [Requires(Permission.ManageUsers), StepUp, Alias("update")]
    Task<UserRecord> UpdateAsync(UpdateUser command, int expectedVersion);

    /// <summary>Creates an account that holds more than the front desk does. Its id is the approval's.</summary>
    [ApprovalRequired, Alias("create-approved")]
    Task<UserRecord> CreateApprovedAsync(Approved approval, CreateUser command);

    /// <summary>Gives the account other roles or another status; every session of the person ends before the answer.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.Conflict"/> when the account is not as it was when it was
    /// approved.</exception>
    [ApprovalRequired, Alias("change-access")]
    Task<UserRecord> ChangeAccessAsync(Approved approval, ChangeAccess command);

    /// <summary>Takes away password, second factor, passkeys and an unused enrolment code, and ends every session of the person, who then enrols
    /// anew with a code of <see cref="IssueEnrolmentCodeAsync"/>.</summary>
    /// <exception cref="Errors.DomainException">As of <see cref="ChangeAccessAsync"/>.</exception>
    [ApprovalRequired, Alias("reenrol")]
    Task<UserRecord> ReenrolAsync(Approved approval);

    /// <summary>A one-time code with which the person chooses their password, in place of one issued before. For accounts that are not enrolled,
    /// and at any time for those that never held more than the front desk does, whose sessions and credentials end before the answer. The officers
    /// have notice before the code exists.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.ApprovalRequired"/> for others that are enrolled.</exception>
    [Requires(Permission.ManageUsers), StepUp, Alias("issue-enrolment-code")]
    Task<EnrolmentCode> IssueEnrolmentCodeAsync();

    /// <summary>As <see cref="IssueEnrolmentCodeAsync"/>, for one of the first accounts of a new practice.</summary>
    [Internal, Alias("issue-first-enrolment-code")]
    Task<EnrolmentCode> IssueFirstEnrolmentCodeAsync();

    /// <summary>Sets the password of who has the code. The same work is done whether or not there is such an account or code.</summary>
    [Internal, Alias("begin-enrolment"), ResponseTimeout(AnswerTimes.Password)]
    Task<EnrolmentStep> BeginEnrolmentAsync(string code, string password);

    /// <summary>Makes the second factor that was begun the account's, and gives its recovery codes.</summary>
    [Internal, Alias("complete-enrolment")]
    Task<EnrolmentStep> CompleteEnrolmentAsync(string code, string totp);

    /// <summary>Changes one's own password; every other session of one's own ends before the answer.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.Forbidden"/> where the old one is wrong;
    /// <see cref="Errors.ErrorCode.TooManyRequests"/> after many that were.</exception>
    [Requires(Permission.ManageOwnAccount), Alias("change-password"), ResponseTimeout(AnswerTimes.Password)]
    Task<UserRecord> ChangePasswordAsync(ChangePassword command);

    /// <summary>Begins a second factor of one's own, the first or another; nothing changes before it is confirmed, which it must be within ten
    /// minutes.</summary>
    [Requires(Permission.ManageOwnAccount), StepUp, Alias("begin-second-factor")]
    Task<SecondFactorOffer> BeginSecondFactorAsync();

    /// <summary>Makes what was begun one's second factor, with new recovery codes; every other session of one's own ends before the answer.</summary>
    [Requires(Permission.ManageOwnAccount), StepUp, Alias("confirm-second-factor")]
    Task<RecoveryCodes> ConfirmSecondFactorAsync(ConfirmSecondFactor command);

    /// <summary>New recovery codes; those of before are worth nothing any more.</summary>
    [Requires(Permission.ManageOwnAccount), StepUp, Alias("replace-recovery-codes")]
    Task<RecoveryCodes> ReplaceRecoveryCodesAsync();

    /// <summary>Checks a password. The same work is done whether or not the account exists, so that the time tells nothing. Answers
    /// while the account is being changed: sessions wait for it, and the change waits for sessions.</summary>
    [Internal, AlwaysInterleave, Alias("verify"), ResponseTimeout(AnswerTimes.Password)]
    Task<PasswordCheck> VerifyPasswordAsync(string password);

    /// <summary>Looks at the second factor where the account has one, marks it used, and remembers the session about to open, all in one write;
    /// so that a code is never good twice and the session can be ended with the account.</summary>
    [Internal, Alias("session-opening")]
    Task<SessionOpening> SessionOpeningAsync(OpeningSession opening);

    /// <summary>Begins to add a passkey to one's own account; the same session completes it within five minutes.</summary>
    [Requires(Permission.ManageOwnAccount), StepUp, Alias("begin-passkey")]
    Task<PasskeyChallenge> BeginPasskeyAsync();

    /// <summary>Adds the passkey that an authenticator made for <see cref="BeginPasskeyAsync"/>.</summary>
    [Requires(Permission.ManageOwnAccount), StepUp, Alias("add-passkey")]
    Task<PasskeyRecord> AddPasskeyAsync(RegisterPasskey request);

    /// <summary>One's own passkeys, oldest first; never more than a page.</summary>
    [Requires(Permission.ManageOwnAccount), Alias("list-passkeys")]
    Task<Page<PasskeyRecord>> ListPasskeysAsync(PageRequest page);

    /// <summary>Removes one of one's own passkeys. Sessions opened with it live on.</summary>
    [Requires(Permission.ManageOwnAccount), StepUp, Alias("remove-passkey")]
    Task RemovePasskeyAsync(Guid passkey);

    /// <summary>Looks at a passkey's answer, marks its challenge used, and remembers the session about to open, all in one write. It stands for
    /// password and second factor.</summary>
    [Internal, Alias("open-by-passkey")]
    Task<SessionOpening> OpenByPasskeyAsync(OpeningByPasskey opening);

    /// <summary>Forgets an ended session.</summary>
    [Internal, AlwaysInterleave, Alias("session-ended")]
    Task SessionEndedAsync(Guid session);

    /// <summary>Sessions of the account that may be open; null when there is no such account. Answers while the account is being changed.</summary>
    [Internal, AlwaysInterleave, Alias("known-sessions")]
    Task<KnownSessions?> KnownSessionsAsync();

    /// <summary>Whether this account has the login, or is just taking it. Answers while the account waits for the registry.</summary>
    [Internal, AlwaysInterleave, Alias("claims-login")]
    Task<bool> ClaimsLoginAsync(string login);

    /// <summary>The account for another grain's list; null when there is none. The asking grain does its own check and leaves its own
    /// audit record.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<UserRecord?> PeekAsync();

    /// <summary>What scheduling needs to know of a provider; null when there is none such.</summary>
    [Internal, ReadOnly, Alias("provider")]
    Task<ProviderFacts?> ProviderAsync();
}

/// <summary>An account as administrators see it. No secrets.</summary>
/// <param name="Version">Grows by one with each change an administrator makes, new credentials for an enrolled person among them; the ETag. What people do with their own credentials does not count,
/// so that it never stands in the way of such a change.</param>
/// <param name="Enrolled">Whether the person can sign in: there is a password, and a second factor where the roles need one.</param>
/// <param name="HasSecondFactor">Whether a second factor is asked for at sign-in.</param>
/// <param name="ReenrolsByApproval">Whether new credentials need an approval once the person is enrolled: the account holds, or ever held, more
/// than the front desk does.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.record")]
public sealed record UserRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Login,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] ImmutableArray<Role> Roles,
    [property: Id(4)] string? TimeZone,
    [property: Id(5)] bool Disabled,
    [property: Id(6)] DateTimeOffset CreatedAt,
    [property: Id(7)] int Version,
    [property: Id(8)] bool Enrolled = false,
    [property: Id(9)] bool HasSecondFactor = false,
    [property: Id(10)] bool ReenrolsByApproval = false);

/// <summary>Creates an account, without a password: its person chooses that (<see cref="IEnrolmentGrain"/>).</summary>
/// <param name="Login">3–64 of a–z, 0–9, '.', '_' and '-'; unique in the practice.</param>
/// <param name="TimeZone">IANA zone where it differs from the practice's.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.create")]
public sealed record CreateUser(
    [property: Id(0)] string Login,
    [property: Id(1)] string DisplayName,
    [property: Id(3)] ImmutableArray<Role> Roles,
    [property: Id(4)] string? TimeZone = null)
{
    /// <summary>Never prints who it is for.</summary>
    public override string ToString() => $"{nameof(CreateUser)} {{ Roles = {string.Join(',', Roles)} }}";
}

/// <summary>Changes an account.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.update")]
public sealed record UpdateUser(
    [property: Id(0)] string DisplayName,
    [property: Id(1)] ImmutableArray<Role> Roles,
    [property: Id(2)] string? TimeZone,
    [property: Id(3)] bool Disabled);

/// <summary>Who a verified person is.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.identity")]
public sealed record UserIdentity([property: Id(0)] Guid Id, [property: Id(1)] ImmutableArray<Role> Roles);

/// <summary>Sessions that may be open.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.known-sessions")]
public sealed record KnownSessions([property: Id(0)] ImmutableArray<Guid> Sessions);

/// <summary>What scheduling needs to know of a provider.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.provider")]
public sealed record ProviderFacts([property: Id(0)] string DisplayName, [property: Id(1)] string? TimeZone);

/// <summary>Somebody who sees patients, as everybody who works with them may know them.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.provider.record")]
public sealed record ProviderRecord([property: Id(0)] Guid Id, [property: Id(1)] string DisplayName);

/// <summary>Changes one's own password.</summary>
/// <param name="OldPassword">The one in force.</param>
/// <param name="NewPassword">12–128 characters, not among those guessed first.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.change-password")]
public sealed record ChangePassword([property: Id(0)] string OldPassword, [property: Id(1)] string NewPassword)
{
    /// <summary>Never prints the passwords.</summary>
    public override string ToString() => nameof(ChangePassword);
}

/// <summary>Proves that the authenticator has the secret.</summary>
/// <param name="Totp">6 digits.</param>
[GenerateSerializer, Immutable, Alias("jamemr.second-factor.confirm")]
public sealed record ConfirmSecondFactor([property: Id(0)] string Totp)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => nameof(ConfirmSecondFactor);
}

/// <summary>A practice's accounts by login. Key <c>{practice}/users</c>.</summary>
[Alias("jamemr.user-registry")]
public interface IUserRegistryGrain : IGrainWithStringKey
{
    /// <summary>Takes a login for an account; false when another account has it.</summary>
    [Internal, Alias("claim")]
    Task<bool> ClaimAsync(string login, Guid user);

    /// <summary>The account with that login, or null.</summary>
    [Internal, ReadOnly, Alias("find")]
    Task<Guid?> FindAsync(string login);

    /// <summary>The open accounts that hold one of these roles, by login. The asking grain leaves its own audit record.</summary>
    [Internal, AlwaysInterleave, Alias("holders")]
    Task<ImmutableArray<UserRecord>> HoldersAsync(ImmutableArray<Role> roles);

    /// <summary>Those who see patients, by login: enabled clinical accounts, name and id alone.</summary>
    [Requires(Permission.ReadProviders), Alias("list-providers")]
    Task<Page<ProviderRecord>> ListProvidersAsync(PageRequest page);

    /// <summary>Accounts, by login.</summary>
    [Requires(Permission.ReadUsers), Alias("list")]
    Task<Page<UserRecord>> ListAsync(PageRequest page);
}
