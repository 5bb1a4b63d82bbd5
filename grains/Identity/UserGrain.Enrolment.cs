using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Notices;

namespace JamEmr.Identity;

/// <content>Enrolling, and the second factor at sign-in.</content>
public sealed partial class UserGrain
{
    private string BoxOfSecret => $"second-factor\0{this.GetPrimaryKeyString()}";

    /// <inheritdoc/>
    public Task<EnrolmentCode> IssueEnrolmentCodeAsync() =>
        AuditedAsync(AuditEvents.UserEnrolmentCodeIssued, EntityId, IssueEnrolmentCodeCoreAsync);

    /// <inheritdoc/>
    public Task<EnrolmentCode> IssueFirstEnrolmentCodeAsync() => IssueEnrolmentCodeAsync();

    /// <inheritdoc/>
    public async Task<EnrolmentStep> BeginEnrolmentAsync(string code, string password)
    {
        var verdict = VerdictOfCode(code);
        if (verdict is EnrolmentVerdict.Accepted && Current!.Enrolment is { HasEnrolled: true }) verdict = EnrolmentVerdict.NoCode;
        if (verdict is not EnrolmentVerdict.Accepted) return new EnrolmentStep(verdict);

        var state = Current!;
        var secret = RandomNumberGenerator.GetBytes(TotpCode.SecretBytes);
        var enrols = !IsSecondFactorRequired;
        var next = state with
        {
            PasswordHash = passwords.Hash(password),
            SecondFactor = null,
            Passkeys = null,
            Enrolment = state.Enrolment! with { HasBegun = true, PendingSecret = box.Seal(secret, BoxOfSecret), HasEnrolled = enrols },
            Credentials = state.Credentials + 1,
        };
        List<AuditRecord> records = [Gate.Record(AuditEvents.UserEnrolmentBegun, EntityId)];
        if (enrols) records.Add(Gate.Record(AuditEvents.UserEnrolled, EntityId));
        if (enrols) await NotifyOfEnrolmentAsync(state);
        await CommitAsync(next, [.. records]);
        return new EnrolmentStep(EnrolmentVerdict.Accepted, TotpCode.WriteBase32(secret), !enrols);
    }

    /// <inheritdoc/>
    public async Task<EnrolmentStep> CompleteEnrolmentAsync(string code, string totp)
    {
        var verdict = VerdictOfCode(code);
        if (verdict is not EnrolmentVerdict.Accepted) return new EnrolmentStep(verdict);
        var state = Current!;
        if (Confirm(state.Enrolment!.PendingSecret, totp) is not { } factor) return new EnrolmentStep(EnrolmentVerdict.WrongTotp);
        List<AuditRecord> records = [Gate.Record(AuditEvents.UserSecondFactorSet, EntityId)];
        if (IsSecondFactorRequired)
        {
            records.Add(Gate.Record(AuditEvents.UserEnrolled, EntityId));
            await NotifyOfEnrolmentAsync(state);
        }

        await CommitAsync(state with { SecondFactor = factor.State, Enrolment = null, Credentials = state.Credentials + 1 }, [.. records]);
        return new EnrolmentStep(EnrolmentVerdict.Accepted, Recovery: factor.Codes);
    }

    /// <inheritdoc/>
    public async Task<SessionOpening> SessionOpeningAsync(OpeningSession opening)
    {
        if (Current is not { Record.Disabled: false } state || state.Credentials != opening.Credentials) return new SessionOpening(OpeningVerdict.Changed);
        if (!UserRules.View(state).Enrolled) return new SessionOpening(OpeningVerdict.EnrolmentRequired);
        List<AuditRecord> records = [];
        if (state.SecondFactor is { } factor)
        {
            if (opening.Code is null) return new SessionOpening(OpeningVerdict.SecondFactorMissing);
            if (Use(factor, opening.Code, records) is not { } used) return new SessionOpening(OpeningVerdict.SecondFactorWrong);
            state = state with { SecondFactor = used };
        }

        return await OpenSessionAsync(state, opening.Session, opening.ExpiresAt, records);
    }

    private async Task<SessionOpening> OpenSessionAsync(UserState state, Guid session, DateTimeOffset expiresAt, List<AuditRecord> records)
    {
        var alive = Alive(state.Sessions);
        if (alive.Length >= UserRules.MaxSessions)
        {
            await EndSessionsAsync(alive[..1], "too_many_sessions");
            alive = alive[1..];
        }

        _endedSessions.Clear();
        // The session's own record tells of its opening.
        await CommitAsync(state with { Sessions = alive.Add(new KnownSession(session, expiresAt)) }, [.. records]);
        return new SessionOpening(OpeningVerdict.Open, new UserIdentity(Id, state.Record.Roles));
    }

    private bool IsSecondFactorRequired => Current is { } state && SecondFactorRules.IsRequired(state.Record.Roles);

    private async Task<EnrolmentCode> IssueEnrolmentCodeCoreAsync()
    {
        var state = Current ?? throw UserRules.NotFound();
        if (state.Record.Disabled) throw new DomainException(ErrorCode.Conflict, "This account is disabled. Enable it first.");
        List<AuditRecord> records = [];
        var view = UserRules.View(state);
        // A request for approval that was judged by other credentials must see that they changed.
        if (state.PasswordHash.Length > 0) state = state with { Record = state.Record with { Version = state.Record.Version + 1 } };
        if (view.Enrolled && view.ReenrolsByApproval)
        {
            throw new DomainException(
                ErrorCode.ApprovalRequired, "This person is enrolled. A new enrolment needs an approval: ask for it with POST /v1/approvals.");
        }

        await NotifyOfficersAsync(NoticeKind.EnrolmentCodeIssued, state.Record.Version);
        if (view.Enrolled)
        {
            await EndSessionsAsync(state.Sessions, "credentials_cleared");
            state = state.WithoutCredentials();
            records.Add(Gate.Record(AuditEvents.UserCredentialsCleared, EntityId));
        }

        var code = EnrolmentRules.NewCode();
        var expiresAt = time.GetUtcNow() + EnrolmentRules.Validity;
        records.Add(Gate.Record(
            AuditEvents.UserEnrolmentCodeIssued, EntityId, detail: [("expiresAt", expiresAt.ToString("O", CultureInfo.InvariantCulture))]));
        await CommitAsync(
            state with { Enrolment = new EnrolmentState(hash.Of(EnrolmentRules.HashPurpose(Id), OneTimeCode.Normalise(code)), expiresAt) },
            [.. records]);
        return new EnrolmentCode(code, expiresAt);
    }

    // The front desk's enrolment was told of when its code was issued.
    private Task NotifyOfEnrolmentAsync(UserState state) =>
        UserRules.View(state).ReenrolsByApproval ? NotifyOfficersAsync(NoticeKind.AccountEnrolled, state.Record.Version) : Task.CompletedTask;

    // Always before what it tells of is stored: at worst the officers hear of what then failed, never the other way round.
    private Task NotifyOfficersAsync(NoticeKind kind, int version)
    {
        var id = Notice.IdOf(kind, Id, string.Create(CultureInfo.InvariantCulture, $" {version}"));
        var notice = new Notice(id, kind, RequiredApprovals.Both, AuditEvents.UserUpdated.EntityType, Id, time.GetUtcNow(), DueAt: null);
        return GrainFactory.GetGrain<INoticesGrain>(GrainKeys.Of(Practice!.Value, "notices")).AddAsync(notice);
    }

    // The hash is compared even where there is nothing to compare with.
    private EnrolmentVerdict VerdictOfCode(string code)
    {
        var isTheCode = hash.Matches(EnrolmentRules.HashPurpose(Id), OneTimeCode.Normalise(code), Current?.Enrolment?.CodeHash ?? "none");
        return EnrolmentRules.VerdictOf(Current, isTheCode, time.GetUtcNow());
    }

    /// <summary>The second factor of a secret that somebody's authenticator has, or null.</summary>
    private (SecondFactorState State, RecoveryCodes Codes)? Confirm(string? pendingSecret, string totp)
    {
        if (pendingSecret is null || SecondFactorRules.Digits(totp) is not { } digits) return null;
        if (SecondFactorRules.StepOf(box.Open(pendingSecret, BoxOfSecret), digits, 0, time.GetUtcNow()) is not { } step) return null;
        var (codes, hashes) = SecondFactorRules.NewRecoveryCodes(hash);
        return (new SecondFactorState(pendingSecret, step, hashes), codes);
    }

    /// <summary>The factor with the code used, or null when it is not one to use.</summary>
    private SecondFactorState? Use(SecondFactorState factor, string code, List<AuditRecord> records)
    {
        if (SecondFactorRules.Digits(code) is { } digits)
        {
            var step = SecondFactorRules.StepOf(box.Open(factor.Secret, BoxOfSecret), digits, factor.LastStep, time.GetUtcNow());
            return step is { } used ? factor with { LastStep = used } : null;
        }

        var index = SecondFactorRules.IndexOfRecoveryCode(hash, factor.RecoveryCodeHashes, code);
        if (index < 0) return null;
        var left = factor.RecoveryCodeHashes.RemoveAt(index);
        records.Add(Gate.Record(
            AuditEvents.UserRecoveryCodeUsed, EntityId, detail: [("left", left.Length.ToString(CultureInfo.InvariantCulture))]));
        return factor with { RecoveryCodeHashes = left };
    }
}
