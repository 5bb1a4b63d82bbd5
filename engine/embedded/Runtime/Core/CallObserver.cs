using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace JamEmr.Engine.Runtime;

/// <summary>
/// What can be seen of calls from outside: counts, latencies, queues and spans. A call pays only for what is listened to:
/// counts are kept by the activations and summed when read, and one call in 64 is timed. No tag holds a key.
/// </summary>
internal sealed class CallObserver : IDisposable
{
    private const int SampleMask = 63;

    private static readonly ActivitySource s_spans = new("JamEmr.Engine");

    [ThreadStatic]
    private static int s_calls;

    private readonly GrainEngine _engine;
    private readonly Meter _meter;
    private readonly Histogram<double> _duration;

    public CallObserver(GrainEngine engine, IMeterFactory? meters)
    {
        _engine = engine;
        _meter = meters?.Create("JamEmr.Engine") ?? new Meter("JamEmr.Engine");
        _duration = _meter.CreateHistogram<double>("jamemr.engine.call.duration", "s", "From sending a call to its answer, one call in 64.");
        _meter.CreateObservableCounter("jamemr.engine.calls", Calls, "{call}", "Calls by grain type and outcome.");
        _meter.CreateObservableUpDownCounter("jamemr.engine.activations", Activations, "{activation}", "Grains in memory by grain type.");
        _meter.CreateObservableGauge("jamemr.engine.queue.length", QueueLengths, "{call}", "Calls that wait to begin, by grain type.");
    }

    /// <summary>A call is about to be sent.</summary>
    public void OnSend(Request request)
    {
        if ((++s_calls & SampleMask) == 0 && _duration.Enabled)
            (request.Extras ??= new RequestExtras()).SentAt = _engine.Time.GetTimestamp();
        if (!s_spans.HasListeners()) return;
        var extras = request.Extras ??= new RequestExtras();
        extras.IsTraced = true;
        extras.Parent = Activity.Current?.Context ?? default;
    }

    /// <summary>Its line begins to run.</summary>
    public static void OnBegin(Activation activation, Request request, RequestExtras extras)
    {
        extras.Cancellation?.Begins(activation);
        if (!extras.IsTraced) return;
        extras.Span = s_spans.StartActivity(request.Method.DisplayName, ActivityKind.Internal, extras.Parent);
        extras.Span?.SetTag("jamemr.grain.type", activation.Class.Name);
    }

    /// <summary>It is answered.</summary>
    public void OnEnd(Activation activation, Request request, RequestExtras extras, Task task)
    {
        extras.Cancellation?.Ends();
        if (extras.SentAt != 0)
        {
            _duration.Record(
                _engine.Time.GetElapsedTime(extras.SentAt).TotalSeconds,
                new KeyValuePair<string, object?>("jamemr.grain.type", activation.Class.Name),
                new KeyValuePair<string, object?>("jamemr.method", request.Method.DisplayName));
        }
        if (extras.Span is not { } span) return;
        if (!task.IsCompletedSuccessfully)
            span.SetStatus(ActivityStatusCode.Error, task.Exception?.InnerException?.GetType().Name ?? nameof(OperationCanceledException));

        // Stopping a span makes its parent the current one, wherever that happens: here it must change nothing.
        var current = Activity.Current;
        span.Dispose();
        if (!ReferenceEquals(current, span)) Activity.Current = current;
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(GrainClass grainClass) => new("jamemr.grain.type", grainClass.Name);

    private static Measurement<long> Outcome(GrainClass grainClass, string outcome, long count) =>
        new(count, Tag(grainClass), new KeyValuePair<string, object?>("jamemr.outcome", outcome));

    private IEnumerable<Measurement<long>> Calls()
    {
        foreach (var grainClass in _engine.Catalog.Classes)
        {
            var (succeeded, failed, timedOut, cancelled) = grainClass.Outcomes();
            yield return Outcome(grainClass, "success", succeeded);
            yield return Outcome(grainClass, "error", failed);
            yield return Outcome(grainClass, "timeout", timedOut);
            yield return Outcome(grainClass, "cancelled", cancelled);
        }
    }

    private IEnumerable<Measurement<long>> Activations() =>
        _engine.Catalog.Classes.Select(grainClass => new Measurement<long>(grainClass.Activations.Count(), Tag(grainClass)));

    private IEnumerable<Measurement<long>> QueueLengths() =>
        _engine.Catalog.Classes.Select(grainClass => new Measurement<long>(grainClass.QueueLength, Tag(grainClass)));
}
