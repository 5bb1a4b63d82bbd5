using System.Collections.Immutable;

namespace JamEmr.Tests.Engine.Grains;

/// <summary>A state as ours are: a sealed record of immutable members.</summary>
[GenerateSerializer, Alias("test.chart")]
public sealed record Chart
{
    /// <summary>Free text.</summary>
    [Id(0)]
    public string Text { get; init; } = "";

    /// <summary>A number.</summary>
    [Id(1)]
    public int Version { get; init; }

    /// <summary>A list of records.</summary>
    [Id(2)]
    public ImmutableArray<ChartLine> Lines { get; init; } = [];

    /// <summary>An instant.</summary>
    [Id(3)]
    public DateTimeOffset? SignedAt { get; init; }
}

/// <summary>A record inside a state.</summary>
/// <param name="Code">A code.</param>
/// <param name="Amount">An exact amount.</param>
[GenerateSerializer, Alias("test.chart-line")]
public sealed record ChartLine([property: Id(0)] string Code, [property: Id(1)] decimal Amount);

/// <summary>A grain with two durable states.</summary>
public interface IChartGrain : IGrainWithStringKey
{
    /// <summary>Saves the chart.</summary>
    Task WriteAsync(Chart value);

    /// <summary>Changes the chart in memory and does not save it.</summary>
    Task ScribbleAsync(Chart value);

    /// <summary>The chart in memory.</summary>
    Task<Chart> ReadAsync();

    /// <summary>Whether it is stored.</summary>
    Task<bool> ExistsAsync();

    /// <summary>The etag it is stored under.</summary>
    Task<string?> EtagAsync();

    /// <summary>Deletes the stored chart.</summary>
    Task ClearAsync();

    /// <summary>Saves the other state.</summary>
    Task WriteAsideAsync(Chart value);

    /// <summary>The other state.</summary>
    Task<Chart> ReadAsideAsync();

    /// <summary>Asks the engine to end this activation.</summary>
    Task LeaveAsync();
}

/// <inheritdoc cref="IChartGrain"/>
public sealed class ChartGrain(
    [PersistentState("chart")] IPersistentState<Chart> chart,
    [PersistentState("aside")] IPersistentState<Chart> aside) : Grain, IChartGrain
{
    /// <inheritdoc/>
    public Task WriteAsync(Chart value)
    {
        chart.State = value;
        return chart.WriteStateAsync();
    }

    /// <inheritdoc/>
    public Task ScribbleAsync(Chart value)
    {
        chart.State = value;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Chart> ReadAsync() => Task.FromResult(chart.State);

    /// <inheritdoc/>
    public Task<bool> ExistsAsync() => Task.FromResult(chart.RecordExists);

    /// <inheritdoc/>
    public Task<string?> EtagAsync() => Task.FromResult<string?>(chart.Etag);

    /// <inheritdoc/>
    public Task ClearAsync() => chart.ClearStateAsync();

    /// <inheritdoc/>
    public Task WriteAsideAsync(Chart value)
    {
        aside.State = value;
        return aside.WriteStateAsync();
    }

    /// <inheritdoc/>
    public Task<Chart> ReadAsideAsync() => Task.FromResult(aside.State);

    /// <inheritdoc/>
    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Probe.Of(this.GetPrimaryKeyString()).Signal("gone");
        return Task.CompletedTask;
    }
}

/// <summary>Two writers of one stored state, each with the etag it last saw.</summary>
public interface ITwoWritersGrain : IGrainWithStringKey
{
    /// <summary>The first writer saves.</summary>
    Task WriteFirstAsync(string text);

    /// <summary>The second writer saves, over whatever the first has done.</summary>
    Task WriteSecondAsync(string text);

    /// <summary>The second writer reads again, then saves.</summary>
    Task RereadAndWriteSecondAsync(string text);

    /// <summary>The second writer deletes.</summary>
    Task ClearSecondAsync();

    /// <summary>What the first writer holds.</summary>
    Task<string> TextAsync();

    /// <summary>The serial number of the activation, unique in the process.</summary>
    Task<int> ActivationAsync();
}

/// <inheritdoc cref="ITwoWritersGrain"/>
public sealed class TwoWritersGrain(
    [PersistentState("shared")] IPersistentState<Chart> first,
    [PersistentState("shared")] IPersistentState<Chart> second) : Grain, ITwoWritersGrain
{
    private static int _activations;
    private readonly int _activation = Interlocked.Increment(ref _activations);

    /// <inheritdoc/>
    public Task WriteFirstAsync(string text)
    {
        first.State = first.State with { Text = text };
        return first.WriteStateAsync();
    }

    /// <inheritdoc/>
    public Task WriteSecondAsync(string text)
    {
        second.State = second.State with { Text = text };
        return second.WriteStateAsync();
    }

    /// <inheritdoc/>
    public async Task RereadAndWriteSecondAsync(string text)
    {
        await second.ReadStateAsync();
        await WriteSecondAsync($"{second.State.Text}, {text}");
        await first.ReadStateAsync();
    }

    /// <inheritdoc/>
    public Task ClearSecondAsync() => second.ClearStateAsync();

    /// <inheritdoc/>
    public Task<string> TextAsync() => Task.FromResult(first.State.Text);

    /// <inheritdoc/>
    public Task<int> ActivationAsync() => Task.FromResult(_activation);
}
