using System.Diagnostics.CodeAnalysis;

namespace JamEmr.Engine.Runtime;

/// <summary>
/// Carries cancellation from caller to callee. The caller has its answer at once; the callee's token is cancelled in a
/// turn of the callee, because callbacks registered with a token are grain code too.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing to release.")]
internal sealed class CancellationLink
{
    private readonly Request _request;
    private readonly CancellationToken _callerToken;
    private readonly CancellationTokenSource _callee = new();
    private CancellationTokenRegistration _registration;
    private volatile Activation? _runner;
    private GrainClass? _target;
    private int _signalled;

    public CancellationLink(Request request, CancellationToken callerToken)
    {
        _request = request;
        _callerToken = callerToken;
    }

    public CancellationToken CalleeToken => _callee.Token;

    /// <summary>Starts listening; false when the caller has cancelled already, and the request must not be sent.</summary>
    public bool TryStart(GrainClass target)
    {
        _target = target;
        _registration = _callerToken.UnsafeRegister(static state => ((CancellationLink)state!).OnCancelled(), this);
        return !_request.IsCompleted; // it may have been cancelled just now
    }

    /// <summary>The request begins in this activation.</summary>
    public void Begins(Activation runner)
    {
        _runner = runner;
        if (_callerToken.IsCancellationRequested) Signal();
    }

    /// <summary>The request is over: nothing is left to cancel.</summary>
    public void Ends() => _registration.Unregister();

    private void OnCancelled()
    {
        if (_request.Cancel(_callerToken)) _target!.CountCancellation();
        Signal();
    }

    private void Signal()
    {
        if (_runner is not { } runner || Interlocked.Exchange(ref _signalled, 1) != 0) return;
        runner.Post(_callee.Cancel);
    }
}
