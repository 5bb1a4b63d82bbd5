using System.Collections.Immutable;

namespace JamEmr.Tests.Engine.Grains;

/// <summary>A message with members of every kind that ours have.</summary>
[GenerateSerializer, Alias("test.message"), Immutable]
public sealed record Message
{
    /// <summary>Text.</summary>
    [Id(0)]
    public required string Text { get; init; }

    /// <summary>A list.</summary>
    [Id(1)]
    public ImmutableArray<string> Lines { get; init; } = [];

    /// <summary>A map.</summary>
    [Id(2)]
    public ImmutableDictionary<string, int> Counts { get; init; } = [];

    /// <summary>Bytes.</summary>
    [Id(3)]
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>An identifier.</summary>
    [Id(4)]
    public Guid Id { get; init; }

    /// <summary>An instant with its offset.</summary>
    [Id(5)]
    public DateTimeOffset At { get; init; }

    /// <summary>A day.</summary>
    [Id(6)]
    public DateOnly Day { get; init; }

    /// <summary>A duration.</summary>
    [Id(7)]
    public TimeSpan Took { get; init; }

    /// <summary>An exact amount, or none.</summary>
    [Id(8)]
    public decimal? Amount { get; init; }

    /// <summary>A choice.</summary>
    [Id(9)]
    public DayOfWeek Weekday { get; init; }

    /// <summary>Another message, or none.</summary>
    [Id(10)]
    public Message? Inner { get; init; }
}

/// <summary>Sends messages back.</summary>
public interface IMessageGrain : IGrainWithStringKey
{
    /// <summary>The message.</summary>
    Task<Message> EchoAsync(Message message);

    /// <summary>Everything it was given, as it sees it.</summary>
    Task<string> DescribeAsync(string? text, int number, bool flag, Guid id, ImmutableArray<int> numbers);

    /// <summary>Null.</summary>
    Task<Message?> NothingAsync(string? text);
}

/// <inheritdoc cref="IMessageGrain"/>
public sealed class MessageGrain : Grain, IMessageGrain
{
    /// <inheritdoc/>
    public Task<Message> EchoAsync(Message message) => Task.FromResult(message);

    /// <inheritdoc/>
    public Task<string> DescribeAsync(string? text, int number, bool flag, Guid id, ImmutableArray<int> numbers) =>
        Task.FromResult($"{text ?? "null"} {number} {flag} {id} {string.Join('+', numbers)}");

    /// <inheritdoc/>
    public Task<Message?> NothingAsync(string? text) => Task.FromResult<Message?>(null);
}
