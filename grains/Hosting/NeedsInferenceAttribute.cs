namespace JamEmr.Hosting;

/// <summary>Says that a grain class runs models: in a cluster, only silos that are meant for it (those with a GPU, unless configured
/// otherwise) host it. On the embedded engine it runs in the one process there is.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class NeedsInferenceAttribute : Attribute;
