using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Inference;

namespace JamEmr.Encounters;

/// <content>The note: drafted, edited, signed, added to.</content>
public sealed partial class EncounterGrain
{
    /// <inheritdoc/>
    public Task<NoteRecord> DraftAsync(CancellationToken ct) => AuditedAsync(AuditEvents.NoteDrafted, Permission.DraftNote, async () =>
    {
        var state = NoteRules.Draftable(Require());
        var draft = await InferAsync(state, ct);
        return await CommitVersionAsync(AuditEvents.NoteDrafted, NoteRules.Draft(state, draft, time.GetUtcNow()), GrainJson.Hash(state.Turns));
    });

    /// <inheritdoc/>
    public Task<NoteRecord> GetNoteAsync() =>
        AuditedAsync(AuditEvents.NoteRead, Permission.ReadNote, () => ShowNoteAsync(Require(), NoteRules.Latest(Require())));

    /// <inheritdoc/>
    public Task<NoteRecord> EditNoteAsync(EditNote command, int expectedVersion) => AuditedAsync(
        AuditEvents.NoteEdited,
        Permission.EditNote,
        () => CommitVersionAsync(
            AuditEvents.NoteEdited, NoteEditing.Edit(Require(), command, expectedVersion, Caller, time.GetUtcNow())));

    /// <inheritdoc/>
    public Task<Page<NoteVersionInfo>> GetVersionsAsync(PageRequest page) => AuditedAsync(AuditEvents.NoteVersionsListed, Permission.ReadNote, async () =>
    {
        var state = Require();
        var answer = PageOf("versions", [.. state.Versions.Select(v => v.Info)], page);
        await RecordAsync(Fact(
            AuditEvents.NoteVersionsListed, state.Record, GrainJson.Hash(answer.Items), ("count", Text(answer.Items.Length))));
        return answer;
    });

    /// <inheritdoc/>
    public Task<NoteRecord> GetVersionAsync(int version) =>
        AuditedAsync(AuditEvents.NoteRead, Permission.ReadNote, () => ShowNoteAsync(Require(), NoteRules.Version(Require(), version)));

    /// <inheritdoc/>
    public Task<NoteRecord> SignAsync(int expectedVersion) => AuditedAsync(AuditEvents.SignatureRefused, Permission.SignNote, async () =>
    {
        var state = Require();
        var next = NoteRules.Sign(state, Caller, expectedVersion, time.GetUtcNow());
        if (next is null) return await ShowNoteAsync(state, NoteRules.Version(state, expectedVersion));
        var signed = NoteRules.Latest(next);
        var fact = Fact(
            AuditEvents.NoteSigned, next.Record, signed.Info.HistoryHash, ("version", Text(expectedVersion)), ("textHash", signed.Info.TextHash));
        await CommitStepAsync(next, fact, expectedVersion);
        return NoteRules.Show(next, signed);
    });

    /// <inheritdoc/>
    public Task<NoteRecord> AddAddendumAsync(Guid addendum, AddAddendum command) => AuditedAsync(AuditEvents.NoteAddended, Permission.AddendNote, async () =>
    {
        var state = Require();
        var next = NoteRules.Addend(state, addendum, command, Caller, time.GetUtcNow());
        if (next is null) return await ShowNoteAsync(state, NoteRules.Latest(state));
        var version = NoteRules.Latest(next);
        var fact = Fact(
            AuditEvents.NoteAddended,
            next.Record,
            next.Addenda[^1].TextHash,
            ("addendum", addendum.ToString("D")),
            ("version", Text(version.Info.Version)));
        await CommitStepAsync(next, fact, version.Info.Version);
        return NoteRules.Show(next, version);
    });

    // The pool has seen the transcript whether or not a draft comes of it: a failure is on the log as well.
    private async Task<DraftResult> InferAsync(EncounterState state, CancellationToken ct)
    {
        try
        {
            return await GrainFactory.GetGrain<IInferenceGrain>(GrainKeys.Of(Practice!.Value, "inference")).DraftAsync(state.Turns, ct);
        }
        catch (Exception e)
        {
            var reason = e is OperationCanceledException ? "cancelled" : e is TimeoutException ? "timeout" : "inference_failed";
            await RecordAsync(Gate.Record(AuditEvents.NoteDrafted, EntityId, state.Record.Patient, AuditOutcome.Failed, reason));
            if (e is OperationCanceledException or TimeoutException or DomainException) throw;
            logger.DraftFailed(Id, e.GetType().Name);
            throw new DomainException(ErrorCode.Unavailable, "No note can be drafted right now. The conversation is safe; try again shortly.");
        }
    }

    private async Task<NoteRecord> CommitVersionAsync(AuditEvent what, EncounterState next, string? transcriptHash = null)
    {
        var version = NoteRules.Latest(next);
        var info = version.Info;
        var fact = Fact(
            what,
            next.Record,
            info.TextHash,
            ("version", Text(info.Version)),
            ("historyHash", info.HistoryHash),
            ("createdAt", NoteText.Time(info.CreatedAt)),
            ("transcriptHash", transcriptHash ?? "none"),
            ("modelId", info.Author.ModelId ?? "none"),
            ("modelHash", info.Author.ModelHash ?? "none"),
            ("sentences", Text(version.Sentences.Length)),
            ("unsupported", Text(version.Sentences.Count(s => !s.Supported))));
        await CommitStepAsync(next, fact, info.Version, transcriptHash);
        return NoteRules.Show(next, version);
    }

    private async Task<NoteRecord> ShowNoteAsync(EncounterState state, NoteVersion version)
    {
        var note = NoteRules.Show(state, version);
        await RecordAsync(Fact(
            AuditEvents.NoteRead,
            state.Record,
            GrainJson.Hash(note),
            ("version", Text(note.Version)),
            ("textHash", note.TextHash),
            ("addenda", Text(note.Addenda.Length))));
        return note;
    }
}
