using System.Globalization;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Ledger.Witnessing;

/// <summary>What became of a checkpoint at a witness.</summary>
public enum FeedStatus
{
    /// <summary>The witness co-signed; the co-signature was verified and kept.</summary>
    Cosigned,

    /// <summary>The witness refuses. It is asked again, ever more rarely.</summary>
    Refused,

    /// <summary>The witness is out of reach. It is asked again, ever more rarely.</summary>
    Unreachable,

    /// <summary>The co-signature is there and could not be kept.</summary>
    Failed,

    /// <summary>The witness has a checkpoint that this installation signed and that is not known here; it was handed on to be compared.</summary>
    HasUnknown,
}

/// <summary>What became of a checkpoint at a witness.</summary>
/// <param name="Log">The log; <c>*</c> where it is the witness as a whole.</param>
/// <param name="Status">What was done.</param>
/// <param name="Reason">Why not, in a sentence.</param>
public sealed record FeedResult(string Log, FeedStatus Status, string? Reason = null);

/// <summary>
/// Sends checkpoints to one witness, each with the proof that the witness needs, and keeps what it co-signed. One round at a time; a witness
/// out of reach ends its round and is left alone for a while.
/// </summary>
/// <param name="witness">The witness.</param>
/// <param name="ledger">Where proofs come from, and where co-signed checkpoints go.</param>
/// <param name="publisher">What is sent; told of what the witness has that it does not know.</param>
/// <param name="folder">Where co-signed checkpoints go too, and what tells after a restart how far the witness is.</param>
/// <param name="time">Now.</param>
public sealed class WitnessFeed(IWitness witness, ILedgerStore ledger, CheckpointPublisher publisher, CheckpointFolder folder, TimeProvider time)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, Progress> _logs = new(StringComparer.Ordinal);
    private readonly Patience _whole = new();

    /// <summary>The witness's name.</summary>
    public string Name => witness.Key.Name;

    /// <summary>When the witness last had everything that was published; null while it has not since the start.</summary>
    public DateTimeOffset? LastComplete { get; private set; }

    /// <summary>Sends what is newer than what the witness has. At the first round every log is sent, so that a witness that knows more than is
    /// known here is found out.</summary>
    /// <param name="now">Do not leave alone what was to be left alone for a while.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<IReadOnlyList<FeedResult>> SendAsync(bool now, CancellationToken ct)
    {
        var results = new List<FeedResult>();
        var newest = publisher.Newest();
        foreach (var (log, note) in newest)
        {
            if (!now && !_whole.IsOver(time.GetUtcNow())) break;
            if (!_logs.TryGetValue(log, out var progress)) _logs[log] = progress = new Progress(SizeBefore(log));
            if (string.Equals(progress.Cosigned, note.Text, StringComparison.Ordinal) || (!now && !progress.Patience.IsOver(time.GetUtcNow()))) continue;
            var result = await SendAsync(log, note, progress, ct);
            results.Add(result);
            (result.Status == FeedStatus.Unreachable ? _whole : progress.Patience).Note(result.Status == FeedStatus.Cosigned, time.GetUtcNow());
            if (result.Status == FeedStatus.Unreachable) break;
            _whole.Note(succeeded: true, time.GetUtcNow());
        }

        if (newest.All(log => _logs.TryGetValue(log.Key, out var progress) && string.Equals(progress.Cosigned, log.Value.Text, StringComparison.Ordinal)))
            LastComplete = time.GetUtcNow();
        return results;
    }

    private async Task<FeedResult> SendAsync(string log, SignedNote note, Progress progress, CancellationToken ct)
    {
        try
        {
            var checkpoint = Checkpoint.Parse(note.Text);
            var answer = await AskAsync(log, note, checkpoint, Math.Min(progress.Size, checkpoint.Size), ct);
            // It says how far it is; a second time, so does somebody else's checkpoint between the two.
            if (answer.Reply == WitnessReply.HasOther && answer.Size <= checkpoint.Size) answer = await AskAsync(log, note, checkpoint, answer.Size, ct);
            if (answer.Reply == WitnessReply.Cosigned) return await KeepAsync(log, note, checkpoint, answer, progress, ct);
            if (answer.Reply == WitnessReply.Unreachable) return new FeedResult("*", FeedStatus.Unreachable, answer.Reason);
            return await CompareAsync(log, checkpoint, answer, ct);
        }
        catch (Exception e) when (e is LedgerUnavailableException or IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return new FeedResult(log, FeedStatus.Failed, e.Message);
        }
    }

    private async Task<WitnessAnswer> AskAsync(string log, SignedNote note, Checkpoint checkpoint, long oldSize, CancellationToken ct)
    {
        var proof = oldSize == 0 || oldSize == checkpoint.Size ? [] : (await ledger.ConsistencyProofAsync(log, oldSize, checkpoint.Size, ct)).Path;
        return await witness.AddAsync(new WitnessRequest(oldSize, [.. proof], note), ct);
    }

    private async Task<FeedResult> KeepAsync(string log, SignedNote note, Checkpoint checkpoint, WitnessAnswer answer, Progress progress, CancellationToken ct)
    {
        SignedNote cosigned;
        try
        {
            // Signatures of other keys than the one configured are not taken over.
            cosigned = note.With(answer.Signatures.Where(witness.Key.IsNamedIn));
            cosigned.Verify(witness.Key);
        }
        catch (NoteException e)
        {
            return new FeedResult(log, FeedStatus.Refused, $"Its co-signature is not one of the key configured for it: {e.Message}");
        }

        var now = time.GetUtcNow();
        (progress.Size, progress.Cosigned) = (checkpoint.Size, note.Text);
        folder.SaveWitnessed(log, Name, cosigned);
        await ledger.SaveCheckpointAsync(log, new StoredCheckpoint(checkpoint.Size, now, Name, cosigned.ToString()), ct);
        return new FeedResult(log, FeedStatus.Cosigned);
    }

    /// <summary>A witness's word that the log is not what it was proves nothing. A checkpoint with this installation's own signature does.</summary>
    private async Task<FeedResult> CompareAsync(string log, Checkpoint checkpoint, WitnessAnswer answer, CancellationToken ct)
    {
        var reason = answer.Reason ?? string.Create(CultureInfo.InvariantCulture, $"It has {answer.Size} records of this log, and {checkpoint.Size} were sent.");
        var newest = await witness.NewestAsync(checkpoint.Origin, ct);
        return newest is not null && publisher.Learn(log, Name, newest)
            ? new FeedResult(log, FeedStatus.HasUnknown, reason)
            : new FeedResult(log, FeedStatus.Refused, reason);
    }

    // What was kept tells where to begin. If it is wrong or gone, the witness says so itself.
    private long SizeBefore(string log)
    {
        try
        {
            return folder.Witnessed(log, Name) is { } note ? Checkpoint.Parse(note.Text).Size : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NoteException)
        {
            return 0;
        }
    }

    private sealed class Progress(long size)
    {
        public long Size { get; set; } = size;

        /// <summary>The text that was co-signed since the start.</summary>
        public string? Cosigned { get; set; }

        public Patience Patience { get; } = new();
    }

    private sealed class Patience
    {
        private TimeSpan _wait;
        private DateTimeOffset _until;

        public bool IsOver(DateTimeOffset now) => now >= _until;

        public void Note(bool succeeded, DateTimeOffset now)
        {
            _wait = succeeded ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Clamp(_wait.Ticks * 2, ShortestWait.Ticks, LongestWait.Ticks));
            _until = now + _wait;
        }
    }
}
