namespace JamEmr.Engine.Storage.Writing;

/// <summary>Stores a practice's wrapped data key unless it has one, and answers with the one that is stored.</summary>
internal sealed class StorePracticeKey(string practice, byte[] wrapped) : WriteOperation<byte[]>
{
    public override string Kind => "store-key";

    protected override byte[] Execute(WriterSession session) => session.StoreKey(practice, wrapped);
}
