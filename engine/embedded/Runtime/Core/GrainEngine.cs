using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using JamEmr.Engine.Hosting;
using JamEmr.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace JamEmr.Engine.Runtime;

/// <summary>The engine: knows the grain classes, keeps the clock of all deadlines, starts and stops.</summary>
internal sealed class GrainEngine : IActivationDispatcher, IAsyncDisposable, IDisposable
{
    private readonly ConcurrentDictionary<MethodInfo, GrainMethod> _methods = new();
    private readonly EngineSweep _sweep;
    private volatile EngineState _state;
    private long _now;
    private IEngineStore? _store;
    private IGrainStorageSerializer? _serializer;

    public GrainEngine(IServiceProvider services, IOptions<EngineOptions> options, GrainAssemblies assemblies, TimeProvider time, ILoggerFactory logs, IMeterFactory? meters = null)
    {
        Services = services;
        Options = options.Value;
        Time = time;
        Log = logs.CreateLogger("JamEmr.Engine");
        ResponseTimeout = ToClock(Options.ResponseTimeout);
        StopTimeout = ToClock(Options.StopTimeout);
        _now = time.GetTimestamp();
        Catalog = new GrainCatalog(this, assemblies.Assemblies, assemblies.Lifetimes);
        GrainFactory = new GrainFactory(Catalog);
        Observer = new CallObserver(this, meters);
        _sweep = new EngineSweep(this);
    }

    private enum EngineState
    {
        New,
        Running,
        Stopping,
        Stopped,
    }

    public IServiceProvider Services { get; }

    public EngineOptions Options { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    public GrainCatalog Catalog { get; }

    public IGrainFactory GrainFactory { get; }

    public CallObserver Observer { get; }

    /// <summary>In the order of registration.</summary>
    public IIncomingGrainCallFilter[] Filters { get; private set; } = [];

    /// <summary>The engine's clock in units of <see cref="Time"/>'s timestamps, as of the last sweep: reading the real one
    /// for every call would cost more than the exactness is worth.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>In units of the clock.</summary>
    public long ResponseTimeout { get; }

    /// <summary>In units of the clock.</summary>
    public long StopTimeout { get; }

    public IEngineStore Store => _store ?? throw new InvalidOperationException("The engine has not started.");

    public IGrainStorageSerializer Serializer => _serializer ?? throw new InvalidOperationException("The engine has not started.");

    IActivation? IActivationDispatcher.Current => Activation.Current;

    public long ToClock(TimeSpan span) => (long)(span.TotalSeconds * Time.TimestampFrequency);

    /// <summary>Reads the clock, for the sweep.</summary>
    public long Tick()
    {
        var now = Time.GetTimestamp();
        Volatile.Write(ref _now, now);
        return now;
    }

    public void Start(IEngineStore store)
    {
        _store = store;
        _serializer = Services.GetRequiredService<IGrainStorageSerializer>();
        Filters = [.. Services.GetServices<IIncomingGrainCallFilter>()];
        Tick();
        _sweep.Start();
        _state = EngineState.Running;
        EngineLog.Started(Log, Catalog.Classes.Count);
    }

    /// <summary>Refuses calls from outside, answers what it has, and ends all activations; those that take too long are left.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        if (_state != EngineState.Running) return;
        _state = EngineState.Stopping;
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The engine stops.");
        using var limit = new CancellationTokenSource(Options.StopTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            // What ends may call others, which then start again: hence more than once.
            while (Activations() is { Count: > 0 } activations)
                await Task.WhenAll(activations.Select(activation => activation.DrainAsync(reason))).WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            EngineLog.StoppedInHaste(Log, Activations().Count);
        }
        _state = EngineState.Stopped;
        foreach (var activation in Activations()) activation.Abandon();
        _sweep.Dispose();
        EngineLog.Stopped(Log);
    }

    /// <summary>After everything else has stopped.</summary>
    public async Task CloseStoreAsync()
    {
        if (Interlocked.Exchange(ref _store, null) is { } store) await store.DisposeAsync();
    }

    /// <summary>Gives a request what it takes along; false when it must not be sent, and has its answer.</summary>
    public bool TryPrepare(Request request, GrainClass target)
    {
        request.Caller = Activation.Current;
        request.Context = RequestContext.Current;
        request.Deadline = Now + (request.Method.ResponseTimeout is { } own ? ToClock(own) : ResponseTimeout);
        Observer.OnSend(request);
        return Admits(request) && (request.Extras?.Cancellation is not { } link || link.TryStart(target));
    }

    /// <summary>Whether the engine still takes this request; a refused one has its answer. A stopping engine takes those of
    /// grains, which could not finish otherwise.</summary>
    public bool Admits(Request request)
    {
        var state = _state;
        if (state == EngineState.Running || (state == EngineState.Stopping && request.Caller is not null)) return true;
        request.Fail(state == EngineState.New
            ? new SiloUnavailableException("The engine has not started: calls are possible once the host has.")
            : new SiloUnavailableException());
        return false;
    }

    /// <summary>Answers a request whose caller has waited long enough.</summary>
    public void TimeOut(Request request, GrainClass grainClass)
    {
        var method = request.Method.DisplayName;
        if (!request.Fail(new TimeoutException($"{method} of a grain of type '{grainClass.Name}' did not answer within {request.Method.ResponseTimeout ?? Options.ResponseTimeout}."))) return;
        grainClass.CountTimeout();
        EngineLog.CallTimedOut(Log, method, grainClass.Name);
    }

    /// <summary>Answers every call from outside that waits or runs with an error. What runs goes on, as after a timeout.</summary>
    public void RefuseCalls(Func<Exception> error)
    {
        List<Request> calls = [];
        foreach (var grainClass in Catalog.Classes)
        {
            foreach (var target in grainClass.Targets)
            {
                if (target is WorkerPool pool) pool.FindCalls(calls);
            }

            foreach (var activation in grainClass.Activations) activation.FindCalls(calls);
        }

        foreach (var call in calls) call.Fail(error());
    }

    public Task RunTurnAsync(GrainId target, MethodInfo asMethod, Func<IActivation, Task> body, CancellationToken ct)
    {
        var grainClass = Catalog.ByType(target.Type);
        var method = _methods.GetOrAdd(asMethod, static info => new GrainMethod(info.DeclaringType!, info));
        var request = new TurnRequest(method, body);
        request.Link(ct);
        if (!TryPrepare(request, grainClass)) return request.Task;

        // It belongs to the engine, not to whoever is running now.
        request.Caller = null;
        request.Context = null;
        grainClass.Dispatch(target.Key.ToString(), request);
        return request.Task;
    }

    public IReadOnlyList<string> ImplicitSubscribers(string streamNamespace) =>
        [.. Catalog.Classes.Where(grainClass => grainClass.StreamNamespaces.Contains(streamNamespace, StringComparer.Ordinal)).Select(grainClass => grainClass.Name)];

    public async ValueTask DisposeAsync()
    {
        Dispose();
        await CloseStoreAsync(); // for a host that was disposed without being stopped
    }

    public void Dispose()
    {
        _sweep.Dispose();
        Observer.Dispose();
    }

    private List<Activation> Activations() => [.. Catalog.Classes.SelectMany(grainClass => grainClass.Activations)];
}
