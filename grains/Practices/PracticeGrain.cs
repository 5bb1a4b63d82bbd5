using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using Microsoft.Extensions.Logging;

namespace JamEmr.Practices;

/// <inheritdoc cref="IPracticeGrain"/>
public sealed partial class PracticeGrain(
    [PersistentState("practice")] IPersistentState<Audited<PracticeState>> storage,
    AuditGate gate,
    TimeProvider time,
    ILogger<PracticeGrain> logger) : AuditedGrain<PracticeState>(storage, gate), IPracticeGrain, IRemindable
{
    private Guid Id => Practice ?? throw PracticeRules.NotFound();

    /// <inheritdoc/>
    public async Task<PracticeRecord> FoundAsync(FoundPractice command)
    {
        var founding = PracticeRules.Normalise(command);
        if (Current is { } existing)
        {
            return existing.Founding == founding
                ? View(existing)
                : throw new DomainException(ErrorCode.Conflict, "This practice was founded with other data.");
        }

        var state = new PracticeState(founding, new StoredPractice(Id, founding.Code, founding.Name, founding.TimeZone, time.GetUtcNow(), Version: 1), []);
        var record = View(state);
        await CommitAsync(state, Gate.Record(AuditEvents.PracticeFounded, Id.ToString("D"), contentHash: GrainJson.Hash(record)));
        logger.Founded(Id);
        return record;
    }

    /// <inheritdoc/>
    public Task<PracticeRecord> GetAsync() =>
        AuditedAsync(AuditEvents.PracticeRead, Id.ToString("D"), () => ShowAsync(Current ?? throw PracticeRules.NotFound()));

    /// <inheritdoc/>
    public Task<PracticeRecord> UpdateAsync(UpdatePractice command, int expectedVersion) =>
        AuditedAsync(AuditEvents.PracticeUpdated, Id.ToString("D"), async () =>
        {
            var change = PracticeRules.Normalise(command);
            var state = Current ?? throw PracticeRules.NotFound();
            if (Check.IsRepeat(expectedVersion, state.Record.Version, (state.Record.Name, state.Record.TimeZone) == (change.Name, change.TimeZone)))
                return await ShowAsync(state);
            Check.Version(expectedVersion, state.Record.Version);
            var next = state with
            {
                Record = state.Record with { Name = change.Name, TimeZone = change.TimeZone, Version = state.Record.Version + 1 },
            };
            var record = View(next);
            await CommitAsync(next, Gate.Record(AuditEvents.PracticeUpdated, Id.ToString("D"), contentHash: GrainJson.Hash(record)));
            return record;
        });

    /// <inheritdoc/>
    public Task<PracticeFacts> FactsAsync()
    {
        var state = Current ?? throw PracticeRules.NotFound();
        var settings = SettingsOf(state);
        return Task.FromResult(new PracticeFacts(
            state.Record.TimeZone, AgreementRules.StatusOf(state.Agreements, time.GetUtcNow()), settings.IdleMinutes, settings.AbsoluteHours));
    }

    /// <inheritdoc/>
    public async Task<long> NextNumberAsync(string series)
    {
        var state = Current ?? throw PracticeRules.NotFound();
        var (next, number) = PracticeRules.Next(state.Series, Check.Text(series, "/series", 1, 40));
        // A number alone tells nothing; what it is given to leaves the record.
        await CommitAsync(state with { Series = next });
        return number;
    }

    private async Task<PracticeRecord> ShowAsync(PracticeState state)
    {
        var record = View(state);
        await RecordAsync(Gate.Record(AuditEvents.PracticeRead, Id.ToString("D"), contentHash: GrainJson.Hash(record)));
        return record;
    }
}
