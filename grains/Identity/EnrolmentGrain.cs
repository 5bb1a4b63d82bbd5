using System.Runtime.InteropServices;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Practices;

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
        var person = await FindAsync(request.Practice, request.Login);
        var attempt = await BeginAttemptAsync(person);
        var step = await AccountOf(person).BeginEnrolmentAsync(request.Code, request.Password);
        await RequireAcceptedAsync(person, step);
        await attempt.SucceededAsync();
        var secret = step.Secret!;
        return new EnrolmentBegun(new SecondFactorOffer(secret, EnrolmentRules.UriOf(request.Practice, request.Login, secret), step.Required));
    }

    /// <inheritdoc/>
    public async Task<RecoveryCodes> CompleteAsync(CompleteEnrolment request)
    {
        EnrolmentRules.Check(request);
        var person = await FindAsync(request.Practice, request.Login);
        var attempt = await BeginAttemptAsync(person);
        var step = await AccountOf(person).CompleteEnrolmentAsync(request.Code, request.Totp);
        await RequireAcceptedAsync(person, step);
        await attempt.SucceededAsync();
        return step.Recovery!;
    }

    // As in signing in: who does not exist is looked up all the same.
    private async Task<Person> FindAsync(string code, string login)
    {
        var found = await GrainFactory.GetGrain<IPracticeRegistryGrain>(GrainKeys.OfSystem("practices")).FindAsync(code);
        var practice = found ?? SignInRules.StandIn(hash, code);
        var user = await GrainFactory.GetGrain<IUserRegistryGrain>(GrainKeys.Of(practice, "users")).FindAsync(login);
        return new Person(found, user, practice, user ?? SignInRules.StandIn(hash, $"{code}\0{login}"));
    }

    private async Task<Attempt> BeginAttemptAsync(Person person)
    {
        var address = Attempt.HashOf(hash, CallerContext.Current!.RemoteAddress);
        var attempt = await Attempt.BeginAsync(GrainFactory, AttemptKind.Enrolment, person.PracticeOrStandIn, person.UserOrStandIn, address);
        if (attempt.Wait is null) return attempt;
        await RecordRefusalAsync(person, Attempt.TooManyReason);
        throw attempt.TooMany();
    }

    private async Task RecordRefusalAsync(Person person, string reason)
    {
        var record = gate.Record(
            AuditEvents.UserEnrolmentRefused, person.User?.ToString("D") ?? NoEntity, outcome: AuditOutcome.Refused, reason: reason);
        await gate.PublishAsync(this, person.Practice?.ToString("D") ?? GrainKeys.System, [record]);
    }

    private async Task RequireAcceptedAsync(Person person, EnrolmentStep step)
    {
        if (step.Verdict is EnrolmentVerdict.Accepted) return;
        await RecordRefusalAsync(person, EnrolmentRules.ReasonOf(person.Practice is not null, step.Verdict));
        throw step.Verdict is EnrolmentVerdict.WrongTotp ? EnrolmentRules.WrongTotp() : EnrolmentRules.Refused();
    }

    private IUserGrain AccountOf(Person person) => GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(person.PracticeOrStandIn, person.UserOrStandIn));

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Person(Guid? Practice, Guid? User, Guid PracticeOrStandIn, Guid UserOrStandIn);
}
