using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Identity;

/// <inheritdoc cref="IEnrolmentGrain"/>
[StatelessWorker(16)]
public sealed class EnrolmentGrain(AuditGate gate, KeyedHash hash) : Grain, IEnrolmentGrain
{
    private const string NoEntity = "none";

    /// <inheritdoc/>
    public async Task<EnrolmentBegun> BeginAsync(BeginEnrolment request)
    {
        EnrolmentRules.Check(request);
        var person = await NamedPerson.FindAsync(GrainFactory, hash, request.Practice, request.Login);
        var attempt = await BeginAttemptAsync(person);
        var step = await person.Account(GrainFactory).BeginEnrolmentAsync(request.Code, request.Password);
        await RequireAcceptedAsync(person, step);
        await attempt.SucceededAsync();
        var secret = step.Secret!;
        return new EnrolmentBegun(new SecondFactorOffer(secret, EnrolmentRules.UriOf(request.Practice, request.Login, secret), step.Required));
    }

    /// <inheritdoc/>
    public async Task<RecoveryCodes> CompleteAsync(CompleteEnrolment request)
    {
        EnrolmentRules.Check(request);
        var person = await NamedPerson.FindAsync(GrainFactory, hash, request.Practice, request.Login);
        var attempt = await BeginAttemptAsync(person);
        var step = await person.Account(GrainFactory).CompleteEnrolmentAsync(request.Code, request.Totp);
        await RequireAcceptedAsync(person, step);
        await attempt.SucceededAsync();
        return step.Recovery!;
    }

    private async Task<Attempt> BeginAttemptAsync(NamedPerson person)
    {
        var attempt = await person.BeginAttemptAsync(GrainFactory, hash, AttemptKind.Enrolment, CallerContext.Current!.RemoteAddress);
        if (attempt.Wait is null) return attempt;
        await RecordRefusalAsync(person, Attempt.TooManyReason);
        throw attempt.TooMany();
    }

    private async Task RecordRefusalAsync(NamedPerson person, string reason)
    {
        var record = gate.Record(
            AuditEvents.UserEnrolmentRefused, person.User?.ToString("D") ?? NoEntity, outcome: AuditOutcome.Refused, reason: reason);
        await gate.PublishAsync(this, person.Log, [record]);
    }

    private async Task RequireAcceptedAsync(NamedPerson person, EnrolmentStep step)
    {
        if (step.Verdict is EnrolmentVerdict.Accepted) return;
        await RecordRefusalAsync(person, EnrolmentRules.ReasonOf(person.Practice is not null, step.Verdict));
        throw step.Verdict is EnrolmentVerdict.WrongTotp ? EnrolmentRules.WrongTotp() : EnrolmentRules.Refused();
    }
}
