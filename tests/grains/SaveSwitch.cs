using JamEmr.Common;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains;

/// <summary>Fails writes of states on the way to the disk, as a crash just before the write would: what was to be stored is not.</summary>
internal sealed class SaveSwitch
{
    private readonly Lock _gate = new();
    private Func<object, bool> _fails = static _ => false;

    /// <summary>Puts the switch before the serializer of states.</summary>
    public void Add(IServiceCollection services) =>
        services.AddSingleton<IGrainStorageSerializer>(new Switched(new StateSerializer(), this));

    /// <summary>The next write that matches fails; those after it succeed.</summary>
    public void FailNext(Func<object, bool> which)
    {
        lock (_gate) _fails = which;
    }

    private void Pass(object? state)
    {
        lock (_gate)
        {
            if (state is null || !_fails(state)) return;
            _fails = static _ => false;
        }

        throw new IOException("No space left on device (test).");
    }

    private sealed class Switched(IGrainStorageSerializer inner, SaveSwitch gate) : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T input)
        {
            gate.Pass(input);
            return inner.Serialize(input);
        }

        public T Deserialize<T>(BinaryData input) => inner.Deserialize<T>(input);
    }
}
