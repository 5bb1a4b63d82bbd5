using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Engine.Storage.Crypto;
using Orleans.Runtime;

namespace JamEmr.Engine.Clustering.Security;

/// <summary>
/// What a silo's calls carry and a client's cannot: a keyed hash (HMAC-SHA256) of who calls whom for which method, under a key that is derived from
/// the master key, which no front door has. Orleans takes the sender of a message as the client wrote it; this says whether a silo wrote it.
/// </summary>
/// <remarks>It is made anew for every call and is good for no other. It goes to no client: not with a call of one, and not with an answer.</remarks>
public sealed class SiloMark : IOutgoingGrainCallFilter
{
    internal const string Key = "jamemr.silo";
    private readonly Lazy<byte[]> _key;
    private readonly AsyncLocal<IIncomingGrainCallContext?> _taken = new();

    internal SiloMark(Func<MasterKey> master) => _key = new Lazy<byte[]>(() => master().Derive("silo-calls"));

    /// <summary>Marks a call that this silo makes.</summary>
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        // What is set here ends with this call: the caller of this is a method of Orleans that is async.
        if (context.TargetId.IsClient()) RequestContext.Remove(Key);
        else RequestContext.Set(Key, Of(context));
        return context.Invoke();
    }

    /// <summary>Whether a silo sent the call. Takes the mark out of the request context, before anything that publishes or stores the context has
    /// seen it, and remembers the answer for <see cref="IsTaken"/> as long as the calling method goes on.</summary>
    /// <param name="context">The call, at the first filter that it meets.</param>
    public bool Take(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var shown = RequestContext.Get(Key);
        if (shown is null) return false;
        if (shown is byte[] mark && CryptographicOperations.FixedTimeEquals(mark, Of(context)))
        {
            // Out of the message's own copy, which Orleans answers with; removing it in the usual way would make another, for this method alone.
            if (RequestContext.Entries is Dictionary<string, object> own) own.Remove(Key);
            _taken.Value = context;
            return true;
        }

        RequestContext.Remove(Key);
        return false;
    }

    /// <summary>Whether <see cref="Take"/> found that a silo sent this very call.</summary>
    public bool IsTaken(IIncomingGrainCallContext context) => ReferenceEquals(_taken.Value, context);

    // A silo's own client bears a name that the filter of an outgoing call does not know: it counts as nobody in particular.
    private byte[] Of(IGrainCallContext context)
    {
        var source = context.SourceId is { } known && !known.IsClient() ? known : default;
        var said = new ArrayBufferWriter<byte>();
        Add(said, source.Type.Value.AsSpan());
        Add(said, source.Key.AsSpan());
        Add(said, context.TargetId.Type.Value.AsSpan());
        Add(said, context.TargetId.Key.AsSpan());
        Add(said, context.InterfaceType.Value.AsSpan());
        Add(said, Encoding.UTF8.GetBytes(context.MethodName));
        return HMACSHA256.HashData(_key.Value, said.WrittenSpan);
    }

    private static void Add(ArrayBufferWriter<byte> said, ReadOnlySpan<byte> part)
    {
        BinaryPrimitives.WriteInt32LittleEndian(said.GetSpan(sizeof(int)), part.Length);
        said.Advance(sizeof(int));
        said.Write(part);
    }
}
