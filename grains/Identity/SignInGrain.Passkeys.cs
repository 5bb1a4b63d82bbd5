using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Practices;

namespace JamEmr.Identity;

/// <content>Signing in with a passkey.</content>
public sealed partial class SignInGrain
{
    /// <inheritdoc/>
    public async Task<PasskeyChallenge> BeginPasskeyAsync()
    {
        var challenge = await passkeys.BeginSignInAsync();
        await gate.PublishAsync(this, [gate.Record(AuditEvents.PasskeyChallenged, NoEntity)]);
        return challenge;
    }

    /// <inheritdoc/>
    /// <remarks>A passkey cannot be guessed, so an account has no brake here: nobody can keep its person out. What comes from an address has.</remarks>
    public async Task<OpenedSession> SignInWithPasskeyAsync(PasskeySignIn request)
    {
        PasskeyRules.Check(request);
        var attempt = await Attempt.BeginAsync(GrainFactory, AttemptKind.Passkey, Attempt.HashOf(hash, CallerContext.Current!.RemoteAddress));
        if (attempt.Wait is not null)
        {
            await RecordRefusalAsync(null, Attempt.TooManyReason);
            throw attempt.TooMany();
        }

        if (PasskeyRules.AccountOf(request.Credential) is not { } account)
        {
            await RecordRefusalAsync(null, "passkey_malformed");
            throw PasskeyRules.Refused();
        }

        var session = Guid.CreateVersion7(time.GetUtcNow());
        var opening = await GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(account.Practice, account.User)).OpenByPasskeyAsync(
            new OpeningByPasskey(session, time.GetUtcNow() + UserSessionRules.AbsoluteLimit, request));
        if (opening.Identity is not { } identity)
        {
            await RecordRefusalAsync(account, SignInRules.ReasonOf(opening.Verdict));
            throw PasskeyRules.Refused();
        }

        await attempt.SucceededAsync();
        return await OpenAsync(account.Practice, session, identity);
    }

    private async Task<OpenedSession> OpenAsync(Guid practice, Guid session, UserIdentity identity)
    {
        var asker = CallerContext.Current!;
        CallerContext.Set(new Caller(
            ActorKind.User, identity.Id, practice, identity.Roles, [], session, null, asker.RemoteAddress, asker.CorrelationId));
        return await GrainFactory.GetGrain<IUserSessionGrain>(GrainKeys.Of(practice, session)).OpenAsync(identity);
    }

    // An account is named by whoever comes: it goes on the log of its practice only where there is one.
    private async Task RecordRefusalAsync((Guid Practice, Guid User)? account, string reason)
    {
        var record = gate.Record(
            AuditEvents.SignInRefused,
            NoEntity,
            outcome: AuditOutcome.Refused,
            reason: reason,
            detail: account is { } known ? [("user", known.User.ToString("D"))] : []);
        var log = account is { } named ? await GrainFactory.LogForRefusalAsync(named.Practice) : GrainKeys.System;
        await gate.PublishAsync(this, log, [record]);
    }
}
