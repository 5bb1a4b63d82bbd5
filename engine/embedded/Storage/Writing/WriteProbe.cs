namespace JamEmr.Engine.Storage.Writing;

/// <summary>Writes a row anew as it is, to see whether the disk takes a write.</summary>
internal sealed class WriteProbe : WriteOperation<bool>
{
    public override string Kind => "probe";

    protected override bool Execute(WriterSession session)
    {
        session.Touch();
        return true;
    }
}
