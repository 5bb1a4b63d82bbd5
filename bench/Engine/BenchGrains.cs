namespace JamEmr.Bench.Engine;

/// <summary>Answers at once: what is left is the engine's own cost.</summary>
public interface IEchoGrain : IGrainWithStringKey
{
    /// <summary>The number, after counting the call.</summary>
    Task<long> EchoAsync(long number);
}

/// <inheritdoc cref="IEchoGrain"/>
public sealed class EchoGrain : Grain, IEchoGrain
{
    private long _calls;

    /// <inheritdoc/>
    public Task<long> EchoAsync(long number)
    {
        _calls++;
        return Task.FromResult(number);
    }
}

/// <summary>A state of about 1 kB.</summary>
[GenerateSerializer, Alias("bench.document")]
public sealed record Document
{
    /// <summary>Counts the writes.</summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>The rest of the kilobyte.</summary>
    [Id(1)]
    public string Text { get; init; } = "";
}

/// <summary>Saves a state with every call and answers when it is on disk.</summary>
public interface IDocumentGrain : IGrainWithStringKey
{
    /// <summary>Saves the next version; answers its number.</summary>
    Task<long> SaveAsync();

    /// <summary>The version in memory.</summary>
    Task<long> VersionAsync();
}

/// <inheritdoc cref="IDocumentGrain"/>
public sealed class DocumentGrain([PersistentState("document")] IPersistentState<Document> document) : Grain, IDocumentGrain
{
    /// <summary>The size of the text: with names and version the state is 1 kB.</summary>
    public const int TextLength = 992;

    private static readonly string Text = string.Concat(Enumerable.Range(0, TextLength).Select(n => (char)('a' + (n * 7 % 26))));

    /// <inheritdoc/>
    public async Task<long> SaveAsync()
    {
        document.State = new Document { Version = document.State.Version + 1, Text = Text };
        await document.WriteStateAsync();
        return document.State.Version;
    }

    /// <inheritdoc/>
    public Task<long> VersionAsync() => Task.FromResult(document.State.Version);
}
