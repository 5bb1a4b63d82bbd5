using System.Security.Cryptography;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Identity;

/// <content>What people do with their own credentials.</content>
public sealed partial class UserGrain
{
    /// <inheritdoc/>
    public Task<UserRecord> ChangePasswordAsync(ChangePassword command) => AuditedAsync(AuditEvents.UserPasswordChanged, EntityId, async () =>
    {
        var state = RequireOwn();
        if (command.OldPassword is null || command.OldPassword.Length > PasswordRules.MaxLength)
            throw Check.Invalid("/oldPassword", "A password has up to 128 characters.");
        PasswordRules.Check(
            command.NewPassword, state.Record.Login, "/newPassword", await PracticeCodeAsync(), state.Record.DisplayName);
        if (string.Equals(command.NewPassword, command.OldPassword, StringComparison.Ordinal))
            throw Check.Invalid("/newPassword", "This is the old password. Choose another.");
        var attempt = await Attempt.BeginAsync(GrainFactory, AttemptKind.Reauthentication, Practice!.Value, Id, address: null);
        if (attempt.Wait is not null) throw attempt.TooMany();
        if (!passwords.Verify(state.PasswordHash, command.OldPassword))
            throw new DomainException(ErrorCode.Forbidden, "The old password is wrong.", "/oldPassword");
        await attempt.SucceededAsync();
        var next = await EndOtherSessionsAsync(state, "password_changed");
        await CommitAsync(next with { PasswordHash = passwords.Hash(command.NewPassword) }, Gate.Record(AuditEvents.UserPasswordChanged, EntityId));
        return UserRules.View(Current!);
    });

    /// <inheritdoc/>
    public Task<SecondFactorOffer> BeginSecondFactorAsync() => AuditedAsync(AuditEvents.UserSecondFactorBegun, EntityId, async () =>
    {
        var state = RequireOwn();
        var practice = await PracticeCodeAsync();
        var secret = RandomNumberGenerator.GetBytes(TotpCode.SecretBytes);
        var pending = new PendingSecondFactor(box.Seal(secret, BoxOfSecret), time.GetUtcNow() + SecondFactorRules.Confirmation);
        await CommitAsync(state with { PendingSecondFactor = pending }, Gate.Record(AuditEvents.UserSecondFactorBegun, EntityId));
        var text = TotpCode.WriteBase32(secret);
        return new SecondFactorOffer(text, EnrolmentRules.UriOf(practice, state.Record.Login, text), IsSecondFactorRequired);
    });

    /// <inheritdoc/>
    public Task<RecoveryCodes> ConfirmSecondFactorAsync(ConfirmSecondFactor command) => AuditedAsync(AuditEvents.UserSecondFactorSet, EntityId, async () =>
    {
        var state = RequireOwn();
        if (state.PendingSecondFactor is not { } pending || time.GetUtcNow() >= pending.ExpiresAt)
            throw new DomainException(ErrorCode.Conflict, "No second factor was begun in the last ten minutes. Begin with POST /v1/account/second-factor.");
        if (Confirm(pending.Secret, command.Totp) is not { } factor) throw EnrolmentRules.WrongTotp();
        var next = await EndOtherSessionsAsync(state, "second_factor_changed");
        await CommitAsync(
            next with { SecondFactor = factor.State, PendingSecondFactor = null }, Gate.Record(AuditEvents.UserSecondFactorSet, EntityId));
        return factor.Codes;
    });

    /// <inheritdoc/>
    public Task<RecoveryCodes> ReplaceRecoveryCodesAsync() => AuditedAsync(AuditEvents.UserRecoveryCodesReplaced, EntityId, async () =>
    {
        var state = RequireOwn();
        if (state.SecondFactor is not { } factor)
            throw new DomainException(ErrorCode.Conflict, "You have no second factor. Begin one with POST /v1/account/second-factor.");
        var (codes, hashes) = SecondFactorRules.NewRecoveryCodes(hash);
        await CommitAsync(
            state with { SecondFactor = factor with { RecoveryCodeHashes = hashes } }, Gate.Record(AuditEvents.UserRecoveryCodesReplaced, EntityId));
        return codes;
    });

    private async Task<string> PracticeCodeAsync() =>
        await GrainFactory.GetGrain<IPracticeRegistryGrain>(GrainKeys.OfSystem("practices")).CodeOfAsync(Practice!.Value) ?? throw UserRules.NotFound();

    // The credentials change with it: a session that is just opening by the old ones does not.
    private async Task<UserState> EndOtherSessionsAsync(UserState state, string reason)
    {
        var own = Caller.SessionId;
        await EndSessionsAsync([.. state.Sessions.Where(session => session.Id != own)], reason);
        return state with { Sessions = [.. state.Sessions.Where(session => session.Id == own)], Credentials = state.Credentials + 1 };
    }
}
