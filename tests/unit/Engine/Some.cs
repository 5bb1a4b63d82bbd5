using System.Text;
using JamEmr.Engine;
using JamEmr.Engine.Storage;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Grains, streams and payloads of no meaning.</summary>
internal static class Some
{
    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static GrainId Grain(int number = 1, string practice = "practice-a") => GrainId.Create("chart", $"{practice}/{number}");

    public static StreamId Stream(int number = 1, string practice = "practice-a") => StreamId.Create("audit", $"{practice}/{number}");

    public static GrainId Sink(int number = 1, string practice = "practice-a") => GrainId.Create("sink", $"{practice}/{number}");

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static async Task<string?> ReadTextAsync(this EngineStore store, GrainId grain, string name = "state") =>
        await store.ReadStateAsync(grain, name, Ct) is { } state ? Encoding.UTF8.GetString(state.Payload.Span) : null;

    public static Task<string> WriteTextAsync(this EngineStore store, GrainId grain, string text, string? etag = null, string name = "state") =>
        store.WriteStateAsync(grain, name, Bytes(text), etag).AsTask();

    // Arrays, and not lists that the compiler makes: the child process may not run code of this module on other threads.
    public static Task<long> AppendTextAsync(this EngineStore store, StreamId stream, GrainId[] subscribers, params string[] texts) =>
        store.AppendEventsAsync(stream, subscribers, Array.ConvertAll(texts, t => (ReadOnlyMemory<byte>)Bytes(t))).AsTask();

    public static async Task<string[]> ReadTextsAsync(this EngineStore store, StreamId stream, long after = 0, int max = 1000) =>
        [.. (await store.ReadEventsAsync(stream, after, max, Ct)).Select(e => Encoding.UTF8.GetString(e.Payload.Span))];
}
