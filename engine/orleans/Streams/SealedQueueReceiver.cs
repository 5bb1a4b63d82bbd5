using JamEmr.Engine.Clustering.Storage;
using JamEmr.Engine.Storage.Crypto;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;

namespace JamEmr.Engine.Clustering.Streams;

/// <summary>
/// Takes rows from one queue and opens them. A row that cannot be opened stays in the database, unconfirmed, and is reported each time
/// it comes: nothing is lost, and the others go on.
/// </summary>
internal sealed partial class SealedQueueReceiver(
    IQueueAdapterReceiver rows,
    OrderedQueueCache cache,
    Func<IBatchContainer, Task> release,
    DataKeys keys,
    Serializer<StreamEnvelope> serializer,
    ILogger<SealedQueueReceiver> logger) : IQueueAdapterReceiver
{
    /// <inheritdoc/>
    public Task Initialize(TimeSpan timeout) => rows.Initialize(timeout);

    /// <inheritdoc/>
    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        var taken = await rows.GetQueueMessagesAsync(maxCount);
        var opened = new List<IBatchContainer>(taken.Count);
        foreach (var row in taken.OrderBy(r => r.SequenceToken.SequenceNumber))
        {
            if (await OpenAsync(row) is { } batch) opened.Add(batch);
        }

        return opened;
    }

    /// <inheritdoc/>
    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => rows.MessagesDeliveredAsync(messages);

    /// <summary>Confirms what was delivered and gives the rest back, so that whoever takes the queue next has it at once and only once.</summary>
    public async Task Shutdown(TimeSpan timeout)
    {
        try
        {
            await rows.MessagesDeliveredAsync(cache.TakeConfirmed());
            foreach (var row in cache.Abandon()) await release(row);
        }
        catch (Exception e)
        {
            // They come again when their time out of sight is over.
            LogNotGivenBack(e.GetType().Name);
        }

        await rows.Shutdown(timeout);
    }

    private async Task<ReceivedBatch?> OpenAsync(IBatchContainer row)
    {
        var sequence = row.SequenceToken.SequenceNumber;
        try
        {
            var sealedEnvelope = row.GetEvents<SealedEnvelope>().Single().Item1;
            var cipher = await keys.GetAsync(row.StreamId.GetKeyAsString());
            var envelope = serializer.Deserialize(SealedRow.Open(cipher, SealedQueueAdapter.RowOf(row.StreamId), sealedEnvelope.Bytes));
            var batch = new OpenedBatch { StreamId = row.StreamId, Sequence = sequence, Events = envelope.Events, Context = envelope.Context };
            return new ReceivedBatch(batch, row);
        }
        catch (Exception e)
        {
            LogCannotOpen(sequence, e);
            return null;
        }
    }

    [LoggerMessage(3101, LogLevel.Critical, "Row {Sequence} of the event streams cannot be opened; it stays where it is and is tried again.")]
    private partial void LogCannotOpen(long sequence, Exception exception);

    [LoggerMessage(3102, LogLevel.Warning, "Stream events could not be given back ({Error}); they are delivered again later.")]
    private partial void LogNotGivenBack(string error);
}
