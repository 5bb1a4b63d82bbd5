using System.Collections.Immutable;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using Microsoft.Extensions.Logging;

namespace JamEmr.Practices;

/// <inheritdoc cref="ISetupGrain"/>
/// <remarks>Founding takes several grains. The ids it uses are stored first and every step can be repeated, so that after a crash the same
/// request with the same code ends in the same practice. Where the answer was lost, or its codes were not used in time, nobody could enrol the administrator:
/// the next start gives a code, and the same request new enrolment codes. A start voids no code that is good: it may be in somebody's hand, and of several front
/// doors each starts when it likes. What a start is given founds an installation's first practice, and repeats a founding until the administrator has
/// enrolled; from then on it opens nothing, whoever kept it.</remarks>
public sealed class SetupGrain(
    [PersistentState("setup")] IPersistentState<Audited<SetupState>> storage,
    AuditGate gate,
    KeyedHash hash,
    TimeProvider time,
    ILogger<SetupGrain> logger) : AuditedGrain<SetupState>(storage, gate), ISetupGrain
{
    private const string HashPurpose = "setup-code";
    private const string Entity = "setup";

    // Nobody founds by it years later, whoever finds it on an old console.
    private bool HasFurtherCode =>
        State is { CodeHash: not null, IsFurther: true, CodeIssuedAt: { } at } && time.GetUtcNow() < at + SetupRules.FurtherCodeGoodFor;

    private SetupState State => Current ?? new SetupState(null, null);

    /// <inheritdoc/>
    public async Task<IssuedSetupCode?> IssueCodeAsync(SetupCodeWish wish, string place)
    {
        Check.Defined(wish, "/wish");
        // The operator's, which no front door's start voids.
        if (HasFurtherCode) return null;
        if (!await IsToBeFoundedAsync())
        {
            if (State.CodeHash is not null) await CommitAsync(WithoutCode(), Gate.Record(AuditEvents.SetupCodeVoided, Entity));
            return null;
        }

        if (wish is SetupCodeWish.IfNone && State is { CodeHash: not null, CodeIssuedAt: { } at, CodePlace: { } shown }) return new IssuedSetupCode(null, at, shown);
        return await IssueAsync(State.Founding, place, isFurther: false);
    }

    /// <inheritdoc/>
    public Task<IssuedSetupCode> IssueFurtherCodeAsync(string place) => IssueAsync(State.Founding is { Done: false } ? null : State.Founding, place, isFurther: true);

    /// <inheritdoc/>
    public async Task<FoundedPractice> FoundAsync(SetupRequest request)
    {
        await CheckCodeAsync(request.SetupCode);
        var normal = SetupRules.Normalise(request);
        var officers = normal.Officers ?? [];
        var before = State.Founding is { Done: true } done ? done : null;
        var founding = await BeginAsync(SetupRules.HashOf(normal), officers.Length);
        if (!await Registry().ClaimAsync(normal.Practice.Code, founding.Practice))
        {
            await CommitAsync(State with { Founding = before }, Refused("code_taken"));
            throw new DomainException(ErrorCode.Conflict, "Another practice has this code. Choose another.", "/practice/code");
        }

        var practice = await GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(founding.Practice, "practice")).FoundAsync(normal.Practice);
        CreateUser[] people = [normal.Administrator, .. officers];
        Guid[] ids = [founding.Administrator, .. founding.Officers.IsDefault ? [] : founding.Officers];
        var enrolments = ImmutableArray.CreateBuilder<EnrolmentGiven>(people.Length);
        for (var i = 0; i < people.Length; i++)
        {
            var account = GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(founding.Practice, ids[i]));
            await account.CreateFirstAsync(people[i]);
            if (await account.PeekAsync() is { Enrolled: true }) continue;
            var code = await account.IssueFirstEnrolmentCodeAsync();
            enrolments.Add(new EnrolmentGiven(people[i].Login, code.Code, code.ExpiresAt));
        }

        AuditRecord[] founded = founding.Done
            ? []
            : [Gate.Record(AuditEvents.PracticeFounded, founding.Practice.ToString("D"), contentHash: GrainJson.Hash(practice))];
        await CommitAsync(new SetupState(null, founding with { Done = true }), founded);
        return new FoundedPractice(practice, enrolments.ToImmutable());
    }

    private async Task<IssuedSetupCode> IssueAsync(Founding? founding, string place, bool isFurther)
    {
        var code = SetupRules.NewCode();
        var issued = new IssuedSetupCode(code, time.GetUtcNow(), SetupRules.PlaceOf(place));
        await CommitAsync(
            new SetupState(hash.Of(HashPurpose, OneTimeCode.Normalise(code)), founding, issued.IssuedAt, issued.Place, isFurther),
            Gate.Record(AuditEvents.SetupCodeIssued, Entity));
        return issued;
    }

    private IPracticeRegistryGrain Registry() => GrainFactory.GetGrain<IPracticeRegistryGrain>(GrainKeys.OfSystem("practices"));

    private SetupState WithoutCode() => new(null, State.Founding);

    // What a code is for, unless it is for a further practice: the first, a founding that was interrupted, or one whose administrator cannot enrol.
    private async Task<bool> IsToBeFoundedAsync() =>
        State.Founding is { Done: false } || await Registry().CountAsync() == 0 || await AwaitsAdministratorAsync();

    private async Task<bool> AwaitsAdministratorAsync() =>
        State.Founding is { Done: true } done
        && await GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(done.Practice, done.Administrator)).PeekAsync() is { Enrolled: false };

    private async Task<Founding> BeginAsync(string requestHash, int officers)
    {
        if (State.Founding is { Done: true } done && string.Equals(done.RequestHash, requestHash, StringComparison.Ordinal) && await AwaitsAdministratorAsync())
            return done;
        if (State.Founding is { Done: false } begun)
        {
            if (string.Equals(begun.RequestHash, requestHash, StringComparison.Ordinal)) return begun;
            await RecordAsync(Refused("other_request"));
            throw new DomainException(
                ErrorCode.Conflict, "A founding with other data was interrupted. Repeat it with the same data.");
        }

        // Where two are founded the first one's administrator may have enrolled: the code is for the repeat only.
        if (!HasFurtherCode && await Registry().CountAsync() > 1)
        {
            await RecordAsync(Refused("other_request"));
            throw new DomainException(ErrorCode.Conflict, "The last practice's administrator has not enrolled: this code repeats its founding. Repeat it with the same data.");
        }

        var now = time.GetUtcNow();
        var founding = new Founding(Guid.CreateVersion7(now), Guid.CreateVersion7(now), requestHash, [.. Enumerable.Range(0, officers).Select(_ => Guid.CreateVersion7(now))]);
        await CommitAsync(State with { Founding = founding });
        return founding;
    }

    // Braked by address alone: a brake for all would let any stranger keep the operator out, and nobody guesses 125 random bits.
    private async Task CheckCodeAsync(string? code)
    {
        var attempt = await Attempt.BeginAsync(GrainFactory, AttemptKind.Setup, Attempt.HashOf(hash, Caller.RemoteAddress));
        if (attempt.Wait is not null)
        {
            await RecordAsync(Refused(Attempt.TooManyReason));
            throw attempt.TooMany();
        }

        if (State.CodeHash is { } expected && hash.Matches(HashPurpose, OneTimeCode.Normalise(code), expected))
        {
            if (HasFurtherCode || await IsToBeFoundedAsync())
            {
                await attempt.SucceededAsync();
                return;
            }

            await CommitAsync(WithoutCode(), Refused("founded"), Gate.Record(AuditEvents.SetupCodeVoided, Entity));
        }
        else
        {
            await RecordAsync(Refused(State.CodeHash is null ? "no_code" : "wrong_code"));
        }

        logger.SetupRefused();
        throw new DomainException(ErrorCode.SetupCodeInvalid, "The set-up code is wrong or used. A server that is started with --new-setup-code prints another, as long as there is no practice.");
    }

    private AuditRecord Refused(string reason) => Gate.Record(AuditEvents.SetupRefused, Entity, outcome: AuditOutcome.Refused, reason: reason);
}
