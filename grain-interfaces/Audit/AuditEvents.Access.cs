using static JamEmr.Audit.AuditAction;
using static JamEmr.Audit.AuditEventFields;

namespace JamEmr.Audit;

/// <content>Access, set-up, practices, accounts, sessions, tokens, approvals.</content>
public static partial class AuditEvents
{
#pragma warning disable CS1591 // each event says what it is in its description
    public static readonly AuditEvent AccessRefused = new("access.refused", Execute, "call", "A call was refused by the policy.", Reason);

    public static readonly AuditEvent SetupCodeIssued = new("setup.code-issued", Create, "setup", "A one-time set-up code was issued.");
    public static readonly AuditEvent SetupCodeVoided = new("setup.code-voided", Delete, "setup", "A one-time set-up code that was not used became worth nothing: the practice is founded.");
    public static readonly AuditEvent SetupRefused = new("setup.refused", Execute, "setup", "A set-up code was refused.", Reason);

    public static readonly AuditEvent PracticeFounded = new("practice.founded", Create, "practice", "A practice was founded.", Content);
    public static readonly AuditEvent PracticeRead = new("practice.read", Read, "practice", "The practice's record was read.", Content);
    public static readonly AuditEvent PracticeUpdated = new("practice.updated", Update, "practice", "The practice's record was changed.", Content);

    public static readonly AuditEvent BaaRecorded = new(
        "baa.recorded", Create, "baa", "A business associate agreement was recorded as executed.",
        Content);
    public static readonly AuditEvent BaaEndSet = new(
        "baa.end-set", Update, "baa", "The last day of a business associate agreement was set.",
        Content, "detail.endsOn");
    public static readonly AuditEvent BaaEnded = new("baa.ended", Delete, "baa", "A business associate agreement ended.", Reason);

    public static readonly AuditEvent UserCreated = new("user.created", Create, "user", "An account was created.", Content, "detail.roles");
    public static readonly AuditEvent UserRead = new("user.read", Read, "user", "An account was read.", Content);
    public static readonly AuditEvent UserUpdated = new(
        "user.updated", Update, "user", "An account was changed.",
        Content, "detail.roles", "detail.disabled");
    public static readonly AuditEvent UsersListed = new("user.listed", Read, "user", "Accounts were listed.", Content, "detail.count");
    public static readonly AuditEvent UserRolesChanged = new(
        "user.roles-changed", Update, "user", "An account's roles were changed.",
        Content, "detail.before", "detail.after");
    public static readonly AuditEvent UserDisabled = new("user.disabled", Update, "user", "An account was disabled.", Content);
    public static readonly AuditEvent UserEnabled = new("user.enabled", Update, "user", "A disabled account was enabled again.", Content);
    public static readonly AuditEvent UserPasswordChanged = new("user.password-changed", Update, "user", "The password of an account was changed.");

    public static readonly AuditEvent UserEnrolmentCodeIssued = new(
        "user.enrolment-code-issued", Create, "user", "A one-time code was issued with which a person makes an account theirs.",
        "detail.expiresAt");
    public static readonly AuditEvent UserEnrolmentRefused = new(
        "user.enrolment-refused", Execute, "user", "An enrolment code was refused.",
        Reason);
    public static readonly AuditEvent UserEnrolmentBegun = new(
        "user.enrolment-begun", Update, "user", "A person chose the password of an account with an enrolment code.");
    public static readonly AuditEvent UserEnrolled = new("user.enrolled", Update, "user", "A person completed the enrolment of an account.");
    public static readonly AuditEvent UserSecondFactorBegun = new(
        "user.second-factor-begun", Update, "user", "A person was given the secret of a second factor, not in force before it is confirmed.");
    public static readonly AuditEvent UserSecondFactorSet = new("user.second-factor-set", Update, "user", "The second factor of an account was set.");
    public static readonly AuditEvent UserPasskeyBegun = new(
        "user.passkey-begun", Execute, "user", "A person began to add a passkey to their account.");
    public static readonly AuditEvent UserPasskeyAdded = new(
        "user.passkey-added", Update, "user", "A passkey was added to an account by its person.",
        "detail.passkey");
    public static readonly AuditEvent UserPasskeyRemoved = new(
        "user.passkey-removed", Update, "user", "A passkey of an account was removed by its person.",
        "detail.passkey");
    public static readonly AuditEvent UserPasskeysListed = new("user.passkeys-listed", Read, "user", "A person looked at their passkeys.", "detail.count");
    public static readonly AuditEvent UserRecoveryCodesReplaced = new(
        "user.recovery-codes-replaced", Update, "user", "The recovery codes of an account were replaced by new ones.");
    public static readonly AuditEvent UserRecoveryCodeUsed = new(
        "user.recovery-code-used", Execute, "user", "A recovery code was used in place of the second factor.",
        "detail.left");
    public static readonly AuditEvent UserCredentialsCleared = new(
        "user.credentials-cleared", Delete, "user", "Password and second factor of an account were removed, for it to be enrolled anew.");
    public static readonly AuditEvent ProvidersListed = new(
        "provider.listed", Read, "provider", "The practice's clinicians were listed.",
        Content, "detail.count");

    public static readonly AuditEvent SignedIn = new("session.signed-in", Create, "session", "A person signed in.", "detail.user");
    public static readonly AuditEvent PasskeyChallenged = new(
        "session.passkey-challenged", Execute, "session", "Somebody not known yet began a sign-in by passkey.");
    public static readonly AuditEvent SignInRefused = new("session.sign-in-refused", Execute, "session", "A sign-in was refused.", Reason);
    public static readonly AuditEvent SessionRefused = new(
        "session.refused", Execute, "session", "A session was presented that is wrong, ended or expired.",
        Reason);
    public static readonly AuditEvent SessionRead = new("session.read", Read, "session", "A person looked at their own session.");
    public static readonly AuditEvent Reauthenticated = new("session.reauthenticated", Update, "session", "A person proved their identity again.");
    public static readonly AuditEvent ReauthenticationRefused = new(
        "session.reauthentication-refused", Execute, "session", "A re-authentication was refused.",
        Reason);
    public static readonly AuditEvent SessionEnded = new("session.ended", Delete, "session", "A session ended.", Reason, "detail.user");
    public static readonly AuditEvent SessionLocked = new("session.locked", Update, "session", "A session was locked.", Reason);
    public static readonly AuditEvent SessionUnlocked = new(
        "session.unlocked", Update, "session", "A locked session was unlocked by its own person.");
    public static readonly AuditEvent SessionsListed = new(
        "session.listed", Read, "user", "A person's open sessions were listed.",
        Content, "detail.count");
    public static readonly AuditEvent SessionsEnded = new(
        "session.all-ended", Delete, "user", "A person's sessions were ended together; each has its own record.",
        Reason, "detail.count");
    public static readonly AuditEvent AntiForgeryRefused = new(
        "session.anti-forgery-refused", Execute, "session", "A request by cookie was refused because another site may have made it.",
        Reason);

    public static readonly AuditEvent TokenRegistered = new(
        "token.registered", Create, "token", "An API token was registered.",
        Content, "detail.role", "detail.scopes");
    public static readonly AuditEvent TokenRead = new("token.read", Read, "token", "An API token's record was read.", Content);
    public static readonly AuditEvent TokensListed = new("token.listed", Read, "token", "API tokens were listed.", Content, "detail.count");
    public static readonly AuditEvent TokenRevoked = new("token.revoked", Delete, "token", "An API token was revoked.", Content);
    public static readonly AuditEvent TokenRefused = new(
        "token.refused", Execute, "token", "A token was presented that is unregistered, wrong, revoked or expired.",
        Reason);
    public static readonly AuditEvent TokenRenewed = new(
        "token.renewed", Update, "token", "An API token was given a later end.",
        Content, "detail.expiresAt");
    public static readonly AuditEvent TokenRotated = new("token.rotated", Update, "token", "An API token was given a new secret.", Content);
    public static readonly AuditEvent TokenRenewalRequested = new(
        "token.renewal-requested", Update, "token", "A later end was asked for an API token that needs approval.",
        Content, "detail.expiresAt");
    public static readonly AuditEvent TokenTransferred = new(
        "token.transferred", Update, "token", "An API token was given another owner.",
        Content, "detail.before", "detail.after");
    public static readonly AuditEvent TokenApproved = new(
        "token.approved", Update, "token", "An API token that needed approval was approved.",
        Content, "detail.approval");

    public static readonly AuditEvent InventoryListed = new(
        "inventory.listed", Read, "inventory", "What can reach clinical data was listed.",
        "detail.from", "detail.limit");

    public static readonly AuditEvent ApprovalRequested = new(
        "approval.requested", Create, "approval", "Approval of a privileged operation was asked for; the content is the request.",
        Content, "detail.operation");
    public static readonly AuditEvent ApprovalApproved = new(
        "approval.approved", Update, "approval", "A request was approved.",
        Content, "detail.operation");
    public static readonly AuditEvent ApprovalDenied = new(
        "approval.denied", Update, "approval", "A request was denied.",
        Content, "detail.operation");
    public static readonly AuditEvent ApprovalWithdrawn = new(
        "approval.withdrawn", Update, "approval", "A request was withdrawn by who made it.",
        Content, "detail.operation");
    public static readonly AuditEvent ApprovalExpired = new(
        "approval.expired", Update, "approval", "A request was not decided in time.",
        Content, "detail.operation");
    public static readonly AuditEvent ApprovalExecuted = new(
        "approval.executed", Execute, "approval", "An approved operation was executed.",
        Content, "detail.operation");

    public static readonly AuditEvent ApprovalOverridden = new(
        "approval.overridden", Update, "approval", "A request that nobody was there to approve was released by an administrator.",
        Content, "detail.operation", "detail.missing");
    public static readonly AuditEvent ApprovalVoided = new(
        "approval.voided", Update, "approval", "A request can no longer be executed: it was altered, or it would need other approvals.",
        Content, Reason, "detail.operation");
    public static readonly AuditEvent ApprovalRead = new("approval.read", Read, "approval", "A request for approval was read.", Content);
    public static readonly AuditEvent ApprovalsListed = new(
        "approval.listed", Read, "approval", "Requests for approval were listed.",
        Content, "detail.count");

    public static readonly AuditEvent BreakGlassStarted = new(
        "break-glass.started", Create, "break-glass", "Emergency access to a restricted chart began.",
        Patient, Reason, "detail.expiresAt");
    public static readonly AuditEvent BreakGlassStopped = new(
        "break-glass.stopped", Delete, "break-glass", "Emergency access to a restricted chart ended.",
        Patient, Reason);
    public static readonly AuditEvent BreakGlassReviewed = new(
        "break-glass.reviewed", Update, "break-glass", "An emergency access was reviewed.",
        Patient, "detail.verdict");

    public static readonly AuditEvent PolicyRead = new("policy.read", Read, "policy", "The policy was read; the content is the policy.", Content);
    public static readonly AuditEvent PolicyChanged = new(
        "policy.changed", Update, "policy", "The policy was changed.",
        "detail.before", "detail.after");
#pragma warning restore CS1591
}
