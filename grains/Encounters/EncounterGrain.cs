using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Patients;
using JamEmr.Scheduling;
using Microsoft.Extensions.Logging;

namespace JamEmr.Encounters;

/// <inheritdoc cref="IEncounterGrain"/>
/// <remarks>This file: from opening to transcript. <c>EncounterGrain.Note.cs</c>: the note. <c>EncounterGrain.Provenance.cs</c>: its
/// trail.</remarks>
public sealed partial class EncounterGrain(
    [PersistentState("encounter")] IPersistentState<Audited<EncounterState>> storage,
    AuditGate gate,
    ChartAccess access,
    Cursors cursors,
    TimeProvider time,
    ILogger<EncounterGrain> logger) : AuditedGrain<EncounterState>(storage, gate), IEncounterGrain
{
    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    private string EntityId => Id.ToString("D");

    /// <inheritdoc/>
    public Task<EncounterRecord> OpenAsync(OpenEncounter command) => AuditedAsync(
        AuditEvents.EncounterOpened,
        EntityId,
        async () =>
        {
            var caller = Caller;
            var hash = GrainJson.Hash(command);
            await access.RequireAsync(
                GrainFactory, Practice!.Value, Current?.Record.Patient ?? command.Patient, caller, Permission.ConductEncounter, "/patient");
            if (Current is { } known)
            {
                return string.Equals(known.CommandHash, hash, StringComparison.Ordinal) && known.Record.Clinician == caller.ActorId
                    ? await ShowAsync(known.Record)
                    : throw new DomainException(ErrorCode.Conflict, "Another encounter is open under this identifier.");
            }

            var state = EncounterRules.Open(Id, command, hash, caller, time.GetUtcNow());
            await RequireAppointmentAsync(command);
            await GrainFactory.GetGrain<IEncounterRegistryGrain>(EncounterRegistryGrain.KeyOf(Practice!.Value, command.Patient)).AddAsync(Id);
            await CommitStepAsync(state, Fact(AuditEvents.EncounterOpened, state.Record));
            return state.Record;
        },
        command.Patient);

    /// <inheritdoc/>
    public Task<EncounterRecord> GetAsync() => AuditedAsync(AuditEvents.EncounterRead, Permission.ReadEncounter, () => ShowAsync(Require().Record));

    /// <inheritdoc/>
    public Task<EncounterRecord> RecordConsentAsync(RecordConsent command) => AuditedAsync(AuditEvents.ConsentRecorded, Permission.ConductEncounter, async () =>
    {
        var state = Require();
        var next = EncounterRules.Consent(state, command, Caller.ActorId, time.GetUtcNow());
        if (next is null) return await ShowAsync(state.Record);
        var consent = next.Record.Consent!;
        await CommitStepAsync(next, Fact(
            AuditEvents.ConsentRecorded,
            next.Record,
            GrainJson.Hash(consent),
            ("granted", consent.Granted ? "true" : "false"),
            ("method", consent.Method.ToString())));
        return next.Record;
    });

    /// <inheritdoc/>
    public Task<EncounterRecord> AppendTurnsAsync(ImmutableArray<Turn> turns) => AuditedAsync(AuditEvents.TurnsAppended, Permission.ConductEncounter, async () =>
    {
        var state = Require();
        var added = EncounterRules.NewTurns(state, turns);
        if (added.IsEmpty) return await ShowAsync(state.Record);
        var next = EncounterRules.Append(state, added);
        await CommitStepAsync(next, Fact(
            AuditEvents.TurnsAppended,
            next.Record,
            GrainJson.Hash(added),
            ("first", Text(added[0].Number)),
            ("last", Text(added[^1].Number))));
        return next.Record;
    });

    /// <inheritdoc/>
    public Task<Page<Turn>> GetTurnsAsync(PageRequest page) => AuditedAsync(AuditEvents.TranscriptRead, Permission.ReadTranscript, async () =>
    {
        var state = Require();
        var answer = PageOf("turns", state.Turns, page);
        await RecordAsync(Fact(
            AuditEvents.TranscriptRead, state.Record, GrainJson.Hash(answer.Items), ("count", Text(answer.Items.Length))));
        return answer;
    });

    /// <inheritdoc/>
    public Task<EncounterRecord?> PeekAsync() => Task.FromResult(Current?.Record);

    private async Task RequireAppointmentAsync(OpenEncounter command)
    {
        if (command.Appointment is not { } id) return;
        var appointment = await GrainFactory.GetGrain<IAppointmentGrain>(GrainKeys.Of(Practice!.Value, id)).PeekAsync();
        if (appointment is not { Status: not AppointmentStatus.Cancelled } || appointment.Patient != command.Patient)
            throw new DomainException(ErrorCode.NotFound, "This patient has no such appointment.", "/appointment");
    }

    private async Task<EncounterRecord> ShowAsync(EncounterRecord record)
    {
        await RecordAsync(Fact(AuditEvents.EncounterRead, record));
        return record;
    }

    private AuditRecord Fact(
        AuditEvent what, EncounterRecord record, string? contentHash = null, params ReadOnlySpan<(string Key, string Value)> detail) =>
        Gate.Record(what, EntityId, record.Patient, contentHash: contentHash ?? GrainJson.Hash(record), detail: detail);

    /// <summary>Stores a change with its record, and the record's place in the note's trail.</summary>
    private Task CommitStepAsync(EncounterState next, AuditRecord record, int? noteVersion = null, string? transcriptHash = null)
    {
        var step = new NoteStep(
            record.Event,
            record.Time,
            record.ActorKind == ActorKind.User ? record.ActorId : null,
            noteVersion,
            record.ContentHash,
            transcriptHash,
            record.Id);
        return CommitAsync(next with { Steps = next.Steps.Add(step) }, record);
    }

    private Page<T> PageOf<T>(string name, ImmutableArray<T> all, PageRequest page)
    {
        var list = $"{this.GetPrimaryKeyString()}/{name}";
        var limit = Check.PageLimit(page.Limit);
        var start = cursors.Read(list, page.Cursor) is { } position ? int.Parse(position, CultureInfo.InvariantCulture) : 0;
        var items = all.Slice(start, Math.Min(limit, all.Length - start));
        var end = start + items.Length;
        return new Page<T>(items, end < all.Length ? cursors.Write(list, Text(end)) : null);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private EncounterState Require() => Current ?? throw new DomainException(ErrorCode.NotFound, "There is no such encounter.");

    // An encounter is a part of its patient's chart: who does not reach that does not reach this.
    private Task<T> AuditedAsync<T>(AuditEvent what, Permission permission, Func<Task<T>> work) => AuditedAsync(
        what,
        EntityId,
        async () =>
        {
            await access.RequireAsync(GrainFactory, Practice!.Value, Require().Record.Patient, Caller, permission);
            return await work();
        },
        Current?.Record.Patient);
}
