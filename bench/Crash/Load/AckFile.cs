using System.Text.Json;
using System.Threading.Channels;

namespace JamEmr.Bench.Crash.Load;

/// <summary>The load's own file of what was acknowledged: on disk before the load goes on. Those who wait share a flush.</summary>
internal sealed class AckFile : IAsyncDisposable
{
    private readonly Channel<(byte[] Line, TaskCompletionSource Written)> _waiting = Channel.CreateUnbounded<(byte[], TaskCompletionSource)>();
    private readonly FileStream _file;
    private readonly Action<int> _tellCount;
    private readonly Task _writer;

    /// <param name="path">The file.</param>
    /// <param name="tellCount">Told how many lines are on disk, after each flush.</param>
    public AckFile(string path, Action<int> tellCount)
    {
        _tellCount = tellCount;
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 64 * 1024);
        _writer = WriteAsync();
    }

    /// <summary>Writes one line; completes when it is on disk.</summary>
    public async Task AddAsync(Acknowledged acknowledged)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(acknowledged, Acknowledged.Json), (byte)'\n'];
        await _waiting.Writer.WriteAsync((line, written));
        await written.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.Complete();
        await _writer;
        await _file.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        var count = 0;
        var group = new List<TaskCompletionSource>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (_waiting.Reader.TryRead(out var next))
            {
                await _file.WriteAsync(next.Line);
                group.Add(next.Written);
            }

            _file.Flush(flushToDisk: true);
            _tellCount(count += group.Count);
            foreach (var written in group) written.SetResult();
            group.Clear();
        }
    }
}
