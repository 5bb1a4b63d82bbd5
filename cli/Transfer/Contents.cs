using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Engine.Storage.Contents;

namespace JamEmr.Cli.Transfer;

/// <summary>What was counted and hashed on one side of a move: two sides that hold the same say the same.</summary>
/// <param name="Practices">Practices that have a data key.</param>
/// <param name="States">States of grains.</param>
/// <param name="StatesHash">SHA-256, hex, of all states as their grains wrote them, with whose they are.</param>
/// <param name="Reminders">Reminders.</param>
/// <param name="RemindersHash">SHA-256, hex, of all reminders.</param>
internal sealed record Contents(long Practices, long States, string StatesHash, long Reminders, string RemindersHash)
{
    /// <summary>What a data folder holds.</summary>
    public static Task<Contents> OfAsync(EngineContents source, CancellationToken ct) =>
        OfAsync([.. source.Keys()], source.States().ToAsyncEnumerable(), source.Reminders().ToAsyncEnumerable(), ct);

    /// <summary>What these rows are; both sides give them in the same order.</summary>
    public static async Task<Contents> OfAsync(
        IReadOnlyCollection<ContainedKey> keys, IAsyncEnumerable<ContainedState> states, IAsyncEnumerable<ContainedReminder> reminders, CancellationToken ct)
    {
        using var stateHash = new RowHash();
        await foreach (var state in states.WithCancellation(ct))
        {
            ct.ThrowIfCancellationRequested();
            stateHash.Add(state.GrainType, state.GrainKey, state.Name).Add(state.Payload.Span);
        }

        using var reminderHash = new RowHash();
        await foreach (var reminder in reminders.WithCancellation(ct))
        {
            var one = AsKept(reminder);
            reminderHash.Add(
                one.GrainType, one.GrainKey, one.Name,
                one.FirstTick.UtcTicks.ToString(CultureInfo.InvariantCulture), one.Period.Ticks.ToString(CultureInfo.InvariantCulture));
        }

        return new Contents(keys.Count, stateHash.Rows, stateHash.End(), reminderHash.Rows, reminderHash.End());
    }

    /// <summary>A reminder as both engines can keep it: PostgreSQL's times are in microseconds, Orleans' periods in milliseconds.</summary>
    public static ContainedReminder AsKept(ContainedReminder reminder) => reminder with
    {
        FirstTick = reminder.FirstTick.AddTicks(-(reminder.FirstTick.Ticks % TimeSpan.TicksPerMicrosecond)),
        Period = TimeSpan.FromMilliseconds((long)reminder.Period.TotalMilliseconds),
    };

    // Every part with its length before it: no two lists of rows are the same bytes.
    private sealed class RowHash : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public long Rows { get; private set; }

        public RowHash Add(params ReadOnlySpan<string> texts)
        {
            Rows++;
            foreach (var text in texts) Add(Encoding.UTF8.GetBytes(text));
            return this;
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            _hash.AppendData(length);
            _hash.AppendData(bytes);
        }

        public string End() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        public void Dispose() => _hash.Dispose();
    }
}
