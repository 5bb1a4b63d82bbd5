using System.Collections.Concurrent;
using System.Reflection;
using JamEmr.Engine;
using JamEmr.Engine.Runtime;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Runs turns as the engine does, one at a time per grain, without an engine.</summary>
internal sealed class FakeDispatcher : IActivationDispatcher
{
    private readonly ConcurrentDictionary<GrainId, FakeActivation> _activations = new();
    private readonly AsyncLocal<FakeActivation?> _current = new();

    /// <summary>What makes a grain's object, and what it does when it activates.</summary>
    public Func<GrainId, object> Make { get; set; } = static _ => new object();

    /// <summary>Runs in the first turn of an activation.</summary>
    public Func<GrainId, Task> Activate { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs before each turn's body, as a filter does; false keeps the body from running.</summary>
    public Func<GrainId, MethodInfo, bool> Filter { get; set; } = static (_, _) => true;

    /// <summary>Grain types that subscribe to every namespace.</summary>
    public IReadOnlyList<string> Subscribers { get; set; } = ["sink"];

    public IActivation? Current => _current.Value;

    public async Task RunTurnAsync(GrainId target, MethodInfo asMethod, Func<IActivation, Task> body, CancellationToken ct)
    {
        var activation = _activations.GetOrAdd(target, id => new FakeActivation(id, Make(id)));
        await activation.Turn.WaitAsync(ct);
        try
        {
            _current.Value = activation;
            if (!activation.IsActive) await Activate(target);
            activation.IsActive = true;
            if (Filter(target, asMethod)) await body(activation);
        }
        finally
        {
            activation.Turn.Release();
        }
    }

    /// <summary>Ends all activations.</summary>
    public void Forget() => _activations.Clear();

    public IReadOnlyList<string> ImplicitSubscribers(string streamNamespace) => Subscribers;

    private sealed class FakeActivation(GrainId id, object instance) : IActivation
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public bool IsActive { get; set; }

        public GrainId GrainId => id;

        public object Instance => instance;

        public IDictionary<Type, object> Components { get; } = new Dictionary<Type, object>();
    }
}
