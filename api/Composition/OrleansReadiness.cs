using System.Net.Sockets;

namespace JamEmr.Api.Composition;

/// <summary>Whether a silo answers this process, out of the cluster's database. Asked by anyone, so the cluster is asked once a second at most, and
/// those who ask meanwhile wait for the same answer.</summary>
internal sealed class OrleansReadiness(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<bool> _answer = Task.FromResult(false);
    private long? _asked;

    /// <summary>Whether one does.</summary>
    public ValueTask<bool> IsReadyAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_answer.IsCompleted && !(_asked is { } asked && time.GetElapsedTime(asked) < GoodFor))
            {
                _asked = time.GetTimestamp();
                _answer = AskAsync();
            }

            return new ValueTask<bool>(_answer.WaitAsync(ct));
        }
    }

    private async Task<bool> AskAsync()
    {
        try
        {
            var hosts = await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(Longest, time);
            return hosts.Count > 0;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or SocketException or InvalidOperationException)
        {
            return false;
        }
    }
}
