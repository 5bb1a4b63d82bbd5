namespace JamEmr.Scribe.Inference;

/// <summary>How inference sessions are opened.</summary>
public sealed class OnnxOptions
{
    /// <summary>Device to try first. A GPU that cannot be used costs one log line and the processor does the work. Default: the GPU.</summary>
    public InferenceDevice Prefer { get; set; } = InferenceDevice.Cuda;

    /// <summary>Number of the GPU, from 0.</summary>
    public int CudaDevice { get; set; }

    /// <summary>Threads of one run on the processor; 0 lets ONNX Runtime take one per core.</summary>
    public int Threads { get; set; }
}
