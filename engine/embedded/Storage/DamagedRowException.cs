namespace JamEmr.Engine.Storage;

/// <summary>A stored row is not what the engine wrote there: altered, swapped with another row, put back from an older
/// version, or damaged on the disk.</summary>
public sealed class DamagedRowException : OrleansException
{
    /// <summary>Names the row by its identifiers.</summary>
    public DamagedRowException(string message, Exception? inner = null) : base(message, inner!)
    {
    }
}
