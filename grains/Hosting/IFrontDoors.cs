namespace JamEmr.Hosting;

/// <summary>
/// Tells which calls come from a front door that is a process of its own: whom it says it calls for is then asked of the session or the token
/// that it names. A host that authenticates and decides in one process registers none, and every caller is one that it established itself.
/// </summary>
public interface IFrontDoors
{
    /// <summary>Whether a front door sent this call. Known from whom the engine has as its sender, never from the request context.</summary>
    bool HasSent(IIncomingGrainCallContext context);
}
