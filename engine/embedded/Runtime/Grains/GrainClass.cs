using System.Collections.Concurrent;
using System.Reflection;

namespace JamEmr.Engine.Runtime;

/// <summary>A grain class, what its attributes say, and the directory of its activations.</summary>
internal sealed class GrainClass
{
    private const string Suffix = "grain";

    private readonly ConcurrentDictionary<string, IRequestTarget> _targets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<MethodInfo, MethodInfo> _implementations = new();
    private readonly GrainEngine _engine;
    private readonly int _maxWorkers;
    private long _succeeded, _failed, _timedOut, _cancelled;

    public GrainClass(GrainEngine engine, Type type, GrainActivator activator)
    {
        _engine = engine;
        ClassType = type;
        Type = GrainType.Create(TypeName(type));
        Name = Type.ToString();
        Activator = activator;
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        IsFilter = typeof(IIncomingGrainCallFilter).IsAssignableFrom(type);
        _maxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        StreamNamespaces = [.. type.GetCustomAttributes<ImplicitStreamSubscriptionAttribute>().Select(subscription => subscription.StreamNamespace)];
        Interfaces = [.. type.GetInterfaces().Where(GrainInterfaces.IsGrainInterface)];
    }

    public GrainEngine Engine => _engine;

    public Type ClassType { get; }

    public GrainType Type { get; }

    /// <summary>The name of <see cref="Type"/>.</summary>
    public string Name { get; }

    public GrainActivator Activator { get; }

    public bool IsReentrant { get; }

    /// <summary>Whether it filters its own calls.</summary>
    public bool IsFilter { get; }

    public IReadOnlyList<string> StreamNamespaces { get; }

    /// <summary>The grain interfaces it implements.</summary>
    public IReadOnlyList<Type> Interfaces { get; }

    /// <summary>What is in memory, in no particular order.</summary>
    public IEnumerable<IRequestTarget> Targets => _targets.Select(target => target.Value);

    public IEnumerable<Activation> Activations =>
        Targets.SelectMany(target => target is WorkerPool pool ? pool.Workers : [(Activation)target]);

    public bool IsEmpty => _targets.IsEmpty;

    /// <summary>Requests that wait to begin.</summary>
    public int QueueLength => Targets.Sum(target =>
        target is WorkerPool pool ? pool.WaitingCount + pool.Workers.Sum(worker => worker.WaitingCount) : ((Activation)target).WaitingCount);

    /// <summary>Class name in lower case without "grain": the name that is stored with states, as Orleans forms it.</summary>
    public static string TypeName(Type type)
    {
#pragma warning disable CA1308 // the stored form is lower case
        var name = type.Name.ToLowerInvariant();
#pragma warning restore CA1308
        return name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }

    /// <summary>Sends a request to the grain of this key, starting it when it is not in memory; the target that took it,
    /// or null when the engine refused it (and answered).</summary>
    public IRequestTarget? Dispatch(string key, Request request)
    {
        while (true)
        {
            if (!_engine.Admits(request)) return null;
            var target = _targets.GetOrAdd(key, static (key, self) => self.CreateTarget(key), this);
            if (target.TryEnqueue(request)) return target;
            Forget(key, target);
        }
    }

    public void Forget(string key, IRequestTarget target) => _targets.TryRemove(KeyValuePair.Create(key, target));

    /// <summary>The method of the class behind an interface method; the interface method itself where there is none.</summary>
    public MethodInfo ImplementationOf(MethodInfo method) =>
        _implementations.GetOrAdd(method, static (method, type) => FindImplementation(method, type), ClassType);

    public void AddOutcomes((long Succeeded, long Failed) of)
    {
        Interlocked.Add(ref _succeeded, of.Succeeded);
        Interlocked.Add(ref _failed, of.Failed);
    }

    public void CountTimeout() => Interlocked.Increment(ref _timedOut);

    public void CountCancellation() => Interlocked.Increment(ref _cancelled);

    /// <summary>What became of all requests so far.</summary>
    public (long Succeeded, long Failed, long TimedOut, long Cancelled) Outcomes()
    {
        var (succeeded, failed) = (Interlocked.Read(ref _succeeded), Interlocked.Read(ref _failed));
        foreach (var activation in Activations)
        {
            var of = activation.Outcomes;
            succeeded += of.Succeeded;
            failed += of.Failed;
        }
        return (succeeded, failed, Interlocked.Read(ref _timedOut), Interlocked.Read(ref _cancelled));
    }

    private static MethodInfo FindImplementation(MethodInfo method, Type type)
    {
        if (method.DeclaringType is not { IsInterface: true } declaring || !declaring.IsAssignableFrom(type)) return method;
        var map = type.GetInterfaceMap(declaring);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, method)];
    }

    private IRequestTarget CreateTarget(string key) =>
        _maxWorkers > 0 ? new WorkerPool(_engine, this, key, _maxWorkers) : new Activation(_engine, this, key, pool: null);
}
