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
        var step = await person.Account.BeginEnrolmentAsync(request.Code, request.Password);
        await RequireAcceptedAsync(person, step);
        var secret = step.Secret!;
        return new EnrolmentBegun(new SecondFactorOffer(secret, EnrolmentRules.UriOf(request.Practice, request.Login, secret), step.Required));
    }

    /// <inheritdoc/>
    public async Task<RecoveryCodes> CompleteAsync(CompleteEnrolment request)
    {
        EnrolmentRules.Check(request);
        var person = await FindAsync(request.Practice, request.Login);
        var step = await person.Account.CompleteEnrolmentAsync(request.Code, request.Totp);
        await RequireAcceptedAsync(person, step);
        return step.Recovery!;
    }

    // As in signing in: who does not exist is looked up all the same.
    private async Task<Person> FindAsync(string code, string login)
    {
        var found = await GrainFactory.GetGrain<IPracticeRegistryGrain>(GrainKeys.OfSystem("practices")).FindAsync(code);
        var practice = found ?? SignInRules.StandIn(hash, code);
        var user = await GrainFactory.GetGrain<IUserRegistryGrain>(GrainKeys.Of(practice, "users")).FindAsync(login);
        var account = GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(practice, user ?? SignInRules.StandIn(hash, $"{code}\0{login}")));
        return new Person(found, user, account);
    }

    private async Task RequireAcceptedAsync(Person person, EnrolmentStep step)
    {
        if (step.Verdict is EnrolmentVerdict.Accepted) return;
        var record = gate.Record(
            AuditEvents.UserEnrolmentRefused,
            person.User?.ToString("D") ?? NoEntity,
            outcome: AuditOutcome.Refused,
            reason: EnrolmentRules.ReasonOf(person.Practice is not null, step.Verdict));
        await gate.PublishAsync(this, person.Practice?.ToString("D") ?? GrainKeys.System, [record]);
        throw step.Verdict is EnrolmentVerdict.WrongTotp ? EnrolmentRules.WrongTotp() : EnrolmentRules.Refused();
    }

    private readonly record struct Person(Guid? Practice, Guid? User, IUserGrain Account);
}
