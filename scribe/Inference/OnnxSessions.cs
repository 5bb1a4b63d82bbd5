using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace JamEmr.Scribe.Inference;

/// <summary>
/// Opens models on the GPU where one truly works, on the processor otherwise. A provider that is listed, or even appended, is no proof:
/// only a run is. The first failure settles it for this object, so that one process does not mix devices or repeat the log line.
/// </summary>
public sealed partial class OnnxSessions(OnnxOptions options, ILogger<OnnxSessions> logger)
{
    private readonly Lock gate = new();
    private bool cudaFailed;

    /// <summary>The device of the sessions opened so far; before the first one, the device that will be tried.</summary>
    public InferenceDevice Device
    {
        get
        {
            lock (gate)
                return Wanted;
        }
    }

    /// <summary>ONNX Runtime's version, "1.29.0".</summary>
    public static string RuntimeVersion
    {
        get
        {
            Quiet();
            return OrtEnv.Instance().GetVersionString();
        }
    }

    private InferenceDevice Wanted => options.Prefer == InferenceDevice.Cuda && !cudaFailed ? InferenceDevice.Cuda : InferenceDevice.Cpu;

    /// <summary>Opens a model and runs it once.</summary>
    /// <param name="model">The model's bytes (ONNX).</param>
    /// <param name="name">The model's name for the log; no path and no patient data.</param>
    /// <param name="trial">The first run. By default zeros of the declared shapes, with 1 for every open dimension.</param>
    /// <exception cref="OnnxRuntimeException">The model does not run on the processor either.</exception>
    public OnnxSession Open(byte[] model, string name, Action<InferenceSession>? trial = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Quiet();
        trial ??= TrialRun.WithZeros;
        // One at a time: opening is rare, and a second caller must see what the first one learned about the GPU.
        lock (gate)
        {
            if (Wanted == InferenceDevice.Cpu)
                return OnCpu(model, name, trial);
            string reason;
            try
            {
                return OnCuda(model, name, trial);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                reason = Reason(e);
            }

            var session = OnCpu(model, name, trial);
            cudaFailed = true;
            LogFallback(logger, name, reason);
            return session;
        }
    }

    private OnnxSession OnCuda(byte[] model, string name, Action<InferenceSession> trial)
    {
        using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        settings.AppendExecutionProvider_CUDA(options.CudaDevice);
        return Tried(new InferenceSession(model, settings), InferenceDevice.Cuda, name, trial);
    }

    private OnnxSession OnCpu(byte[] model, string name, Action<InferenceSession> trial)
    {
        using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (options.Threads > 0)
            settings.IntraOpNumThreads = options.Threads;
        return Tried(new InferenceSession(model, settings), InferenceDevice.Cpu, name, trial);
    }

    private static OnnxSession Tried(InferenceSession session, InferenceDevice device, string name, Action<InferenceSession> trial)
    {
        try
        {
            trial(session);
            return new OnnxSession(name, device, session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>One line of the reason: the native library's own messages run over several, with its build paths.</summary>
    private static string Reason(Exception e)
    {
        var line = e.Message.AsSpan();
        var end = line.IndexOfAny('\r', '\n');
        if (end >= 0)
            line = line[..end];
        return (line.Length <= 300 ? line : line[..300]).ToString();
    }

    /// <summary>Keeps the native library from writing to stderr what is logged here; has to come before its first use.</summary>
    private static void Quiet()
    {
        if (OrtEnv.IsCreated)
            return;
        var environment = new EnvironmentCreationOptions { logId = "jamemr", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            OrtEnv.CreateInstanceWithOptions(ref environment);
        }
        catch (OnnxRuntimeException) when (OrtEnv.IsCreated)
        {
            // Another thread was first: its environment serves as well.
        }
    }

    [LoggerMessage(EventId = 6001, Level = LogLevel.Warning, Message = "Model {Model} cannot use the GPU and runs on the processor: {Reason}")]
    private static partial void LogFallback(ILogger logger, string model, string reason);
}

/// <summary>A model that has run once on the device it reports. Dispose frees it.</summary>
public sealed class OnnxSession : IDisposable
{
    internal OnnxSession(string name, InferenceDevice device, InferenceSession inner)
    {
        Name = name;
        Device = device;
        Inner = inner;
    }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    /// <summary>What it runs on.</summary>
    public InferenceDevice Device { get; }

    /// <summary>ONNX Runtime's session; its Run may be called from several threads.</summary>
    public InferenceSession Inner { get; }

    /// <inheritdoc/>
    public void Dispose() => Inner.Dispose();
}
