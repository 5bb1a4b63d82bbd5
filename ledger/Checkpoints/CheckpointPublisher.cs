using System.Collections.Concurrent;
using System.Globalization;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>What became of a log in a round of publishing.</summary>
public enum PublicationStatus
{
    /// <summary>A new checkpoint was signed and is outside the database.</summary>
    Published,

    /// <summary>The log is not what was signed before: nothing was signed, and <see cref="LedgerAlarm"/> says why. Told once.</summary>
    Refused,

    /// <summary>An alarm ended: the log is again what was signed before.</summary>
    Recovered,

    /// <summary>It could not be done now; the next round tries again.</summary>
    Failed,
}

/// <summary>What became of a log in a round of publishing. A log with nothing new has none.</summary>
/// <param name="Log">The log; <c>*</c> for all of them.</param>
/// <param name="Status">What was done.</param>
/// <param name="Size">The size of its tree, where it is known.</param>
/// <param name="Reason">Why it was refused or failed, in a sentence.</param>
public sealed record Publication(string Log, PublicationStatus Status, long Size, string? Reason = null);

/// <summary>
/// Signs what is new in a ledger and puts it outside. Before that it proves that the log continues what was signed last, wherever that is still
/// to be found; a log that does not is never signed again (tlog-checkpoint: a log must not sign what is inconsistent with what it signed).
/// </summary>
public sealed class CheckpointPublisher : IDisposable
{
    private readonly ILedgerStore _ledger;
    private readonly CheckpointFolder _folder;
    private readonly LedgerAlarm _alarm;
    private readonly TimeProvider _time;
    private readonly CheckpointKeys _keys;
    private readonly SemaphoreSlim _round = new(1);
    private readonly ConcurrentDictionary<(string Log, string From), Checkpoint> _learnt = [];
    private readonly ConcurrentDictionary<string, Signed> _signed = new(StringComparer.Ordinal);

    /// <summary>A publisher with the keys of a key file, which it makes for a ledger that was never signed.</summary>
    /// <param name="ledger">What is signed.</param>
    /// <param name="folder">Where checkpoints go.</param>
    /// <param name="keyFile">The key file; it is read again when it changes.</param>
    /// <param name="alarm">Told of logs that are not what was signed.</param>
    /// <param name="time">Now.</param>
    public CheckpointPublisher(ILedgerStore ledger, CheckpointFolder folder, string keyFile, LedgerAlarm alarm, TimeProvider time)
    {
        (_ledger, _folder, _alarm, _time) = (ledger, folder, alarm, time);
        _keys = new CheckpointKeys(keyFile, time);
    }

    /// <summary>The name and the public keys, once a round has read them.</summary>
    public PublishedKeys? Keys => _keys.Ring?.Published;

    /// <summary>One round over all logs. Rounds asked for at once run one after another.</summary>
    /// <exception cref="NoteException">The keys cannot be used; the message says what to do.</exception>
    /// <exception cref="IOException">The keys or the folder cannot be read or written.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger cannot be read.</exception>
    public async Task<IReadOnlyList<Publication>> PublishAsync(CancellationToken ct)
    {
        await _round.WaitAsync(ct);
        try
        {
            return await PublishAllAsync(ct);
        }
        finally
        {
            _round.Release();
        }
    }

    /// <summary>Takes note of a checkpoint that is known elsewhere. If this installation signed it, the log must be consistent with it, or the
    /// next round raises the alarm.</summary>
    /// <returns>Whether this installation signed it as one of this log.</returns>
    public bool Learn(string log, string from, SignedNote note)
    {
        if (_keys.Ring is not { } ring) return false;
        try
        {
            var checkpoint = Checkpoint.Open(note, ring.Published.Verifiers);
            if (!string.Equals(checkpoint.Origin, Checkpoint.OriginOf(ring.Name, log), StringComparison.Ordinal)) return false;
            _learnt[(log, from)] = checkpoint;
            return true;
        }
        catch (NoteException)
        {
            return false;
        }
    }

    /// <summary>The newest checkpoint of each log, to be sent on. From any thread.</summary>
    public IReadOnlyDictionary<string, SignedNote> Newest() => _signed.ToDictionary(log => log.Key, log => log.Value.Note, StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _round.Dispose();
    }

    private async Task<IReadOnlyList<Publication>> PublishAllAsync(CancellationToken ct)
    {
        var logs = await _ledger.LogsAsync(ct);
        var ring = _keys.Read(mayCreate: _folder.Logs().Count == 0 && !await WasSignedAsync(logs, ct));
        _folder.SaveKeys(ring.Published);
        var published = new List<Publication>();
        // A log of which there is a checkpoint and nothing else is a log that went back to nothing.
        foreach (var log in logs.Union(_folder.Logs(), StringComparer.Ordinal))
        {
            if (await PublishAsync(log, ring, ct) is { } publication) published.Add(publication);
        }

        return published;
    }

    private async Task<Publication?> PublishAsync(string log, NoteKeyRing ring, CancellationToken ct)
    {
        try
        {
            var last = _signed.GetValueOrDefault(log) ?? await FindLastAsync(log, ring, ct);
            var told = _learnt.Where(learnt => learnt.Key.Log == log).ToList();
            // The head last: meanwhile another process may have appended and signed, and what was signed then is not beyond it.
            var head = await _ledger.HeadAsync(log, ct);
            if (await InconsistencyAsync(log, head, last?.Checkpoint, "this installation signed", ct) is { } reason) return Refuse(log, head, reason);
            foreach (var (key, learnt) in told)
            {
                if (await InconsistencyAsync(log, head, learnt, $"{key.From} has with this installation's signature", ct) is { } other) return Refuse(log, head, other);
                _learnt.TryRemove(new(key, learnt));
            }

            if (last is not null) _signed[log] = last;
            var signers = ring.SignersAt(_time.GetUtcNow());
            var isNew = head.Size > 0 && (last is null || last.Checkpoint.Size != head.Size || !last.IsSignedBy(signers));
            if (isNew) await SignAsync(log, head, ring, signers, ct);
            // Only now, so that the end of an alarm is not lost with a signature that failed.
            if (_alarm.Clear(log)) return new Publication(log, PublicationStatus.Recovered, head.Size);
            return isNew ? new Publication(log, PublicationStatus.Published, head.Size) : null;
        }
        catch (LedgerDamagedException e)
        {
            return Refuse(log, TreeHead.Empty, e.Message);
        }
        catch (NoteException e) when (e.Fault is not NoteFault.NoSigner)
        {
            return Refuse(log, TreeHead.Empty, $"The newest checkpoint cannot be trusted ({e.Message}) Find out who changed it or the key file.");
        }
        catch (Exception e) when (e is LedgerUnavailableException or IOException or UnauthorizedAccessException or NoteException)
        {
            return new Publication(log, PublicationStatus.Failed, 0, e.Message);
        }
    }

    private async Task SignAsync(string log, TreeHead head, NoteKeyRing ring, IReadOnlyList<NoteSigner> signers, CancellationToken ct)
    {
        var now = _time.GetUtcNow();
        var checkpoint = new Checkpoint(Checkpoint.OriginOf(ring.Name, log), head.Size, head.Root);
        var note = SignedNote.Sign(checkpoint.ToString(), now, signers);
        // Outside first: what was signed must never be known in fewer places than the database that it speaks of.
        _folder.Save(log, note, now);
        _signed[log] = new Signed(checkpoint, note);
        await _ledger.SaveCheckpointAsync(log, new StoredCheckpoint(head.Size, now, Witness: null, note.ToString()), ct);
    }

    private Publication? Refuse(string log, TreeHead head, string reason) =>
        _alarm.Raise(log, reason) ? new Publication(log, PublicationStatus.Refused, head.Size, reason) : null;

    /// <summary>Why the log as it stands is not a continuation of a checkpoint, or null.</summary>
    private async Task<string?> InconsistencyAsync(string log, TreeHead head, Checkpoint? last, string whose, CancellationToken ct)
    {
        if (last is null || last.Size == 0) return null;
        const string todo = "Nothing more is signed. Stop the service, keep this database as evidence, and restore its newest copy; if that is lost, see docs/runbooks/ledger-alarm.md.";
        if (head.Size < last.Size)
            return string.Create(CultureInfo.InvariantCulture, $"The log went back: it has {head.Size} records, and {last.Size} are in the checkpoint that {whose}. {todo}");
        if (await ContinuesAsync(log, head, last, ct) is not { } same)
            return string.Create(CultureInfo.InvariantCulture, $"The log cannot be shown to continue the {last.Size} records of the checkpoint that {whose}: they are said to be archived. {todo}");
        return same
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"The log was rewritten: its first {last.Size} records are not those of the checkpoint that {whose}. {todo}");
    }

    private async Task<bool?> ContinuesAsync(string log, TreeHead head, Checkpoint last, CancellationToken ct)
    {
        if (head.Size == last.Size) return head.Root == last.Root;
        try
        {
            return (await _ledger.ConsistencyProofAsync(log, last.Size, head.Size, ct)).Verify(last.Root, head.Root);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>What was signed last, by all that is known outside and inside: the larger of the two.</summary>
    private async Task<Signed?> FindLastAsync(string log, NoteKeyRing ring, CancellationToken ct)
    {
        var inside = await _ledger.CheckpointsAsync(log, ct);
        var found = new[] { _folder.Newest(log), inside is [.., var largest] ? SignedNote.Parse(largest.Note) : null }
            .OfType<SignedNote>()
            .Where(note => !ring.Predecessors.Any(name => Checkpoint.Parse(note.Text).Origin == Checkpoint.OriginOf(name, log)))
            .Select(note => new Signed(Checkpoint.Open(note, ring.Published.Verifiers), note))
            .ToList();
        if (found.Exists(signed => !string.Equals(signed.Checkpoint.Origin, Checkpoint.OriginOf(ring.Name, log), StringComparison.Ordinal)))
            throw NoteException.Malformed("It is that of another log.");
        if (found.Count == 2 && found[0].Checkpoint.Size == found[1].Checkpoint.Size && found[0].Checkpoint.Root != found[1].Checkpoint.Root)
            throw NoteException.Malformed("The one in the database and the one outside have different trees of the same size.");
        return found.MaxBy(signed => signed.Checkpoint.Size);
    }

    private async Task<bool> WasSignedAsync(IReadOnlyList<string> logs, CancellationToken ct)
    {
        if (_keys.Ring is not null) return true;
        foreach (var log in logs)
        {
            if ((await _ledger.CheckpointsAsync(log, ct)).Count > 0) return true;
        }

        return false;
    }

    private sealed record Signed(Checkpoint Checkpoint, SignedNote Note)
    {
        public bool IsSignedBy(IReadOnlyList<NoteSigner> signers) => signers.All(signer => Note.Signatures.Any(signer.Verifier.IsNamedIn));
    }
}
