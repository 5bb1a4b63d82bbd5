namespace JamEmr.Engine.Runtime;

/// <summary>Work of the engine's own services, run as a request of a grain.</summary>
internal sealed class TurnRequest(GrainMethod method, Func<IActivation, Task> body) : CallRequest
{
    public override GrainMethod Method => method;

    public override Task Begin(Activation activation, object grain) => body(activation);

    public override int GetArgumentCount() => 0;

    public override object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));
}
