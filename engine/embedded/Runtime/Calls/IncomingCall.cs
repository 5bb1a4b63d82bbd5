using System.Reflection;

namespace JamEmr.Engine.Runtime;

/// <summary>A request on its way through the filters to the grain.</summary>
internal sealed class IncomingCall(Request request, Activation activation, IIncomingGrainCallFilter[] filters) : IIncomingGrainCallContext
{
    private int _next;
    private Task? _grainTask;
    private object? _result;
    private bool _answered;

    public IInvokable Request => request;

    public object Grain => activation.Instance;

    public GrainId? SourceId => request.Caller?.GrainId;

    public GrainId TargetId => activation.GrainId;

    public string InterfaceName => request.GetInterfaceName();

    public string MethodName => request.GetMethodName();

    public MethodInfo InterfaceMethod => request.Method.Info;

    public MethodInfo ImplementationMethod => activation.Class.ImplementationOf(request.Method.Info);

    public object? Result
    {
        get => _answered ? _result : _grainTask is { IsCompletedSuccessfully: true } done ? request.ResultOf(done) : null;
        set
        {
            _result = value;
            _answered = true;
        }
    }

    public Task Invoke()
    {
        // A grain that is a filter itself comes after all others and sees its own calls only.
        var filter = _next < filters.Length ? filters[_next] : _next == filters.Length ? activation.Instance as IIncomingGrainCallFilter : null;
        if (filter is null)
        {
            _answered = false;
            return _grainTask = request.Begin(activation, activation.Instance);
        }

        // The position is taken back afterwards, so that a filter may try again.
        _next++;
        var task = filter.Invoke(this);
        if (!task.IsCompleted) return Await(task);
        _next--;
        return task;
    }

    /// <summary>Answers the caller once the outermost filter is done.</summary>
    public void Complete(Task chain)
    {
        if (!chain.IsCompletedSuccessfully) Fail(chain);
        else if (_answered) CompleteWithResult();
        else if (_grainTask is { IsCompleted: true } done) request.CompleteFrom(done);
        else request.Fail(new InvalidOperationException("A call filter neither awaited the call nor answered or refused it."));
    }

    private async Task Await(Task task)
    {
        try
        {
            await task;
        }
        finally
        {
            _next--;
        }
    }

    private void Fail(Task chain)
    {
        if (chain.Exception is { } errors) request.Fail(errors.InnerExceptions.Count == 1 ? errors.InnerException! : errors);
        else request.Cancel(CancellationToken.None);
    }

    private void CompleteWithResult()
    {
        try
        {
            request.CompleteWith(_result);
        }
        catch (Exception error) when (error is InvalidCastException or NullReferenceException)
        {
            request.Fail(new InvalidOperationException("A call filter answered with a value that is not of the method's result type.", error));
        }
    }
}
