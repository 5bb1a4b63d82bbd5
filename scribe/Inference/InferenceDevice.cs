namespace JamEmr.Scribe.Inference;

/// <summary>What runs a model.</summary>
public enum InferenceDevice
{
    /// <summary>The processor: always there.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through the CUDA execution provider.</summary>
    Cuda,
}
