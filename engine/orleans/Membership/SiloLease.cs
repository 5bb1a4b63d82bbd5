using Microsoft.Extensions.Logging;

namespace JamEmr.Engine.Clustering.Membership;

/// <summary>
/// Lets a grain be called only on a silo that knows itself a member of the cluster. A silo that stood still, or was cut off, for so long that the
/// others went on without it has activations in memory whose grains live elsewhere by then: it must not answer from them, and Orleans would let
/// it for up to a minute.
/// </summary>
/// <remarks>
/// The membership table is asked once in each half of <see cref="Term"/> in which there are calls; what it says counts from the moment it
/// was asked. A call that comes later than that waits until the table was asked after the call came. Where the others need longer than the term to
/// declare a silo dead, one that stood still therefore answers nothing old; one that is cut off from the others alone does so for less than the
/// term. When the table cannot be asked nothing is answered at all.
/// </remarks>
internal sealed partial class SiloLease(IMembershipTable table, ILocalSiloDetails silo, ILogger<SiloLease> logger) : IIncomingGrainCallFilter
{
    /// <summary>How long an answer of the table counts.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<bool> _asked = Task.FromResult(true);
    private Task<bool>? _next;
    private long _since;
    private bool _isRefused;

    /// <summary>The machine's clock, whatever clock grains go by: a silo stands still in its time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Grain is not Grain) return context.Invoke();
        var age = Age();
        if (age > Term) return ConfirmAsync(context);
        if (age > Term / 2) AskAhead();
        return context.Invoke();
    }

    private TimeSpan Age() => Volatile.Read(ref _since) is not 0 and var since ? Clock.GetElapsedTime(since) : TimeSpan.MaxValue;

    private async Task ConfirmAsync(IIncomingGrainCallContext context)
    {
        if (!await AskAsync()) throw new SiloUnavailableException("This silo cannot confirm that it is a member of the cluster. Ask again; another one answers.");
        await context.Invoke();
    }

    private void AskAhead()
    {
        lock (_gate)
        {
            if (_asked.IsCompleted) _asked = StartAsync();
        }
    }

    // One that is on its way began before the caller came: the one after it counts.
    private Task<bool> AskAsync()
    {
        lock (_gate)
        {
            if (_asked.IsCompleted) return _asked = StartAsync();
            return _next ??= AfterAsync(_asked);
        }
    }

    private async Task<bool> AfterAsync(Task<bool> before)
    {
        await before.ConfigureAwait(false);
        Task<bool> next;
        lock (_gate)
        {
            _next = null;
            next = _asked = StartAsync();
        }

        return await next.ConfigureAwait(false);
    }

    // Not on the scheduler of the grain whose call happens to be the first: others wait for it too.
    private Task<bool> StartAsync() => Task.Run(IsMemberAsync);

    private async Task<bool> IsMemberAsync()
    {
        var since = Clock.GetTimestamp();
        try
        {
            var rows = await table.ReadRow(silo.SiloAddress).WaitAsync(Limit);
            var status = rows.TryGet(silo.SiloAddress)?.Item1.Status ?? SiloStatus.None;
            if (status is SiloStatus.Joining or SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
            {
                Volatile.Write(ref _since, since);
                if (Tell(isRefused: false)) LogConfirmed();
                return true;
            }

            if (Tell(isRefused: true)) LogNoMember(status);
        }
        catch (Exception e)
        {
            if (Tell(isRefused: true)) LogUnknown(e.GetType().Name);
        }

        return false;
    }

    // Each change is told once.
    private bool Tell(bool isRefused)
    {
        lock (_gate)
        {
            if (_isRefused == isRefused) return false;
            _isRefused = isRefused;
            return true;
        }
    }

    [LoggerMessage(3103, LogLevel.Critical, "The others went on without this silo ({Status}): it answers no call any more.")]
    private partial void LogNoMember(SiloStatus status);

    [LoggerMessage(3104, LogLevel.Error, "The membership table cannot be read ({Error}): no call is answered until it can.")]
    private partial void LogUnknown(string error);

    [LoggerMessage(3105, LogLevel.Warning, "The membership table can be read again: calls are answered.")]
    private partial void LogConfirmed();
}
