using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Identity;

/// <inheritdoc cref="ISignInGrain"/>
[StatelessWorker(16)]
public sealed partial class SignInGrain(AuditGate gate, KeyedHash hash, Passkeys passkeys, TimeProvider time) : Grain, ISignInGrain
{
    private const string NoEntity = "none";

    /// <inheritdoc/>
    public async Task<OpenedSession> SignInAsync(SignInRequest request)
    {
        SignInRules.Check(request);
        var person = await NamedPerson.FindAsync(GrainFactory, hash, request.Practice, request.Login);
        var user = person.Account(GrainFactory);

        // Taken before anything is looked at, whoever it is about.
        var attempt = await person.BeginAttemptAsync(GrainFactory, hash, AttemptKind.SignIn, CallerContext.Current!.RemoteAddress);
        if (attempt.Wait is not null)
        {
            await RecordRefusalAsync(person, request, Attempt.TooManyReason);
            throw attempt.TooMany();
        }

        var check = await user.VerifyPasswordAsync(request.Password);
        if (check.Verdict is not PasswordVerdict.Right)
        {
            await RecordRefusalAsync(person, request, SignInRules.ReasonOf(person.Practice is not null, check.Verdict));
            throw SignInRules.Refused();
        }

        var session = Guid.CreateVersion7(time.GetUtcNow());
        var opening = await user.SessionOpeningAsync(
            new OpeningSession(session, time.GetUtcNow() + UserSessionRules.AbsoluteLimit, check.Credentials, request.Code));
        if (opening.Identity is not { } identity)
        {
            await RecordRefusalAsync(person, request, SignInRules.ReasonOf(opening.Verdict));
            throw SignInRules.Answer(opening.Verdict);
        }

        await attempt.SucceededAsync();
        return await OpenAsync(person.PracticeOrStandIn, session, identity);
    }

    /// <inheritdoc/>
    public async Task RefuseAsync(string reason)
    {
        if (reason is not ("missing" or "malformed")) throw Check.Invalid("/reason", "This value is not one of those allowed.");
        await gate.PublishAsync(this, [gate.Record(AuditEvents.SessionRefused, NoEntity, outcome: AuditOutcome.Refused, reason: reason)]);
        throw UserSessionRules.Refused();
    }

    // The typed login goes on the log as a keyed hash only: people type passwords into the wrong field.
    private async Task RecordRefusalAsync(NamedPerson person, SignInRequest request, string reason)
    {
        var record = gate.Record(
            AuditEvents.SignInRefused,
            NoEntity,
            outcome: AuditOutcome.Refused,
            reason: reason,
            detail: person.User is { } id
                ? [("user", id.ToString("D"))]
                : [("login_hash", hash.Of("sign-in-login", $"{request.Practice}\0{request.Login}"))]);
        await gate.PublishAsync(this, person.Log, [record]);
    }
}
