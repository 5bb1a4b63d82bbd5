namespace JamEmr.Tests.Engine.Hosting;

/// <summary>
/// The selected engine, running in this process on storage of its own, as the conformance tests see it. One
/// implementation per engine, in the folder of the engine's name; no test knows which it has.
/// </summary>
/// <remarks>
/// Every host registers, in this order, <see cref="OuterFilter"/> and <see cref="InnerFilter"/> as incoming call filters,
/// durable default grain storage, durable reminders, and the stream provider <see cref="StreamProvider"/>.
/// Time that grains, timers, reminders, timeouts and the idle collector see moves only through
/// <see cref="PassAsync"/>: a manual clock where the engine takes one, short real waits where it does not. Durations come
/// from the host so that neither kind of engine has to sleep for long.
/// </remarks>
public abstract class EngineHost : IAsyncDisposable
{
    /// <summary>The name of the durable stream provider.</summary>
    public const string StreamProvider = "durable";

    /// <summary>Starts the selected engine.</summary>
    public static Task<EngineHost> StartAsync(EngineSettings? settings = null) => SelectedEngine.StartAsync(settings ?? new EngineSettings());

    /// <summary>Makes calls from outside any grain.</summary>
    public abstract IGrainFactory Grains { get; }

    /// <summary>Where the engine keeps what must survive: a folder, or a connection string.</summary>
    public abstract string Storage { get; }

    /// <summary>How long a call waits for its answer.</summary>
    public abstract TimeSpan CallTimeout { get; }

    /// <summary>How long an activation may be idle before it is collected.</summary>
    public abstract TimeSpan IdleAge { get; }

    /// <summary>A period fit for grain timers.</summary>
    public abstract TimeSpan TimerPeriod { get; }

    /// <summary>A period fit for reminders; not below the engine's minimum.</summary>
    public abstract TimeSpan ReminderPeriod { get; }

    /// <summary>What the clock says that reminders go by.</summary>
    public abstract DateTimeOffset Now { get; }

    /// <summary>The names under which the engine publishes its metrics.</summary>
    public abstract EngineMetrics Metrics { get; }

    /// <summary>Whether the engine notices a clock that is set, so that <see cref="Jump"/> does something.</summary>
    public abstract bool CanJump { get; }

    /// <summary>
    /// Whether requests that one caller sends without awaiting them run in the order they were sent. They do within one process; between
    /// several, Orleans promises no order of messages.
    /// </summary>
    public virtual bool KeepsOrder => true;

    /// <summary>
    /// Whether an event comes once, and after those before it, where nothing fails. Between several silos it need not: what was on its way when a queue
    /// of events went from one to another comes again, and perhaps after younger ones.
    /// </summary>
    public virtual bool DeliversOnce => true;

    /// <summary>Lets time pass. What falls due on the way is started; its effects are awaited separately.</summary>
    public abstract Task PassAsync(TimeSpan time);

    /// <summary>Sets the clock forward or back without time having passed, as a machine that slept or was corrected does.</summary>
    public abstract void Jump(TimeSpan by);

    /// <summary>
    /// Completes when the engine has taken in the next cancellation of a call. The caller is free at once in any case; an engine whose
    /// calls travel as messages hears of it a little later, and until then the request may still begin.
    /// </summary>
    public virtual Task CancellationHeardAsync() => Task.CompletedTask;

    /// <summary>Stops the engine in order and starts it again on the same storage, <paramref name="downFor"/> later.</summary>
    public abstract Task RestartAsync(TimeSpan downFor = default);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Lets time pass, a step at a time, until something has happened that only needs time.</summary>
    /// <param name="happening">Completes when it has happened.</param>
    /// <param name="step">How far to go at once; <see cref="TimerPeriod"/> where not said.</param>
    /// <param name="between">What to do before each step.</param>
    public async Task PassUntilAsync(Task happening, TimeSpan? step = null, Func<Task>? between = null)
    {
        ArgumentNullException.ThrowIfNull(happening);
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(Waiting.Limit);
        while (!happening.IsCompleted)
        {
            guard.Token.ThrowIfCancellationRequested();
            if (between is not null) await between();
            await PassAsync(step ?? TimerPeriod);
            // The engine's own threads take up what fell due; only then does the next step make sense.
            await Task.WhenAny(happening, Task.Delay(TimeSpan.FromMilliseconds(25), guard.Token));
        }
        await happening;
    }
}
