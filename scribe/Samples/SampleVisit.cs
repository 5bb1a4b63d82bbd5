using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Samples;

/// <summary>A visit of our own writing that ships with the product: ten minutes of primary care, invented from end to end.</summary>
public static class SampleVisit
{
    /// <summary>The conversation's id.</summary>
    public const string Id = "sample-visit";

    /// <summary>Reads it.</summary>
    public static Conversation Read()
    {
        using var resource = typeof(SampleVisit).Assembly.GetManifestResourceStream("JamEmr.Scribe.sample-visit.txt")
            ?? throw new InvalidOperationException("The scribe was built without its sample visit.");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return TranscriptReader.Read(Id + ".txt", bytes.ToArray());
    }
}
