using System.Buffers.Binary;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Audio;

/// <summary>Sound from a WAV file (RIFF/WAVE): PCM of 8, 16, 24 or 32 bits or 32-bit float, one or two channels.</summary>
/// <param name="SampleRate">Frames per second, 4,000 to 384,000.</param>
/// <param name="Channels">1, or 2 with left and right alternating in <paramref name="Samples"/>.</param>
/// <param name="Samples">Samples from -1 to 1.</param>
public sealed record WavSound(int SampleRate, int Channels, float[] Samples)
{
    /// <summary>Largest file read, in bytes: two hours of 16-bit stereo at 48 kHz fit.</summary>
    public const int MaxBytes = 1_500_000_000;

    private const string Remedy = "Record or convert it to 16-bit PCM WAV, mono or stereo";

    /// <summary>Length in time.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)(Samples.Length / Channels) / SampleRate);

    /// <summary>One channel: the mean of both where there are two.</summary>
    public float[] ToMono()
    {
        if (Channels == 1)
            return Samples;
        var mono = new float[Samples.Length / 2];
        for (var i = 0; i < mono.Length; i++)
            mono[i] = (Samples[2 * i] + Samples[(2 * i) + 1]) / 2;
        return mono;
    }

    /// <summary>Reads a WAV file's bytes.</summary>
    /// <exception cref="VisitFormatException">The bytes are no WAV file of these kinds.</exception>
    public static WavSound Read(string file, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 12 || !bytes[..4].SequenceEqual("RIFF"u8) || !bytes[8..12].SequenceEqual("WAVE"u8))
            throw new VisitFormatException(file, "byte 0", "no WAV file (RIFF and WAVE are missing)", Remedy);
        if (bytes.Length > MaxBytes)
            throw new VisitFormatException(file, "", $"larger than {MaxBytes / 1_000_000} MB", "Split the recording");
        var riff = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (riff != bytes.Length - 8 && riff != bytes.Length - 9)
            throw new VisitFormatException(file, "byte 4", $"its header says {riff + 8L} bytes and it has {bytes.Length}",
                "The recording was cut short or never finished; save it again");

        Format? format = null;
        var at = 12;
        while (at + 8 <= bytes.Length)
        {
            var id = bytes.Slice(at, 4);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            if (size > bytes.Length - at - 8)
                throw new VisitFormatException(file, $"byte {at}", "a part of the file runs beyond its end", "The recording was cut short; save it again");
            var content = bytes.Slice(at + 8, (int)size);
            if (id.SequenceEqual("fmt "u8))
            {
                format = format is null ? ReadFormat(file, at, content) : throw new VisitFormatException(file, $"byte {at}", "a second format part", Remedy);
            }
            else if (id.SequenceEqual("data"u8))
            {
                var known = format ?? throw new VisitFormatException(file, $"byte {at}", "sound before its format is given", Remedy);
                if (content.Length == 0 || content.Length % known.BlockAlign != 0)
                    throw new VisitFormatException(file, $"byte {at}", "no sound, or half a frame at its end", "The recording was cut short; save it again");
                return new WavSound(known.Rate, known.Channels, Decode(content, known));
            }

            // Parts are padded to even length.
            at += 8 + (int)size + (int)(size & 1);
        }

        throw new VisitFormatException(file, "", format is null ? "no format part" : "no sound in it", Remedy);
    }

    private static Format ReadFormat(string file, int at, ReadOnlySpan<byte> content)
    {
        var place = $"byte {at}";
        if (content.Length < 16)
            throw new VisitFormatException(file, place, "its format part is too short", Remedy);
        var tag = BinaryPrimitives.ReadUInt16LittleEndian(content);
        var channels = BinaryPrimitives.ReadUInt16LittleEndian(content[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(content[4..]);
        var byteRate = BinaryPrimitives.ReadUInt32LittleEndian(content[8..]);
        var blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(content[12..]);
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(content[14..]);
        if (tag == 0xFFFE)
        {
            if (content.Length < 40 || !content.Slice(26, 14).SequenceEqual(SubFormatTail))
                throw new VisitFormatException(file, place, "an extended format that is neither PCM nor float", Remedy);
            tag = BinaryPrimitives.ReadUInt16LittleEndian(content[24..]);
        }

        if (!(tag == 1 && bits is (8 or 16 or 24 or 32)) && !(tag == 3 && bits == 32))
            throw new VisitFormatException(file, place, $"coding {tag} with {bits} bits is not PCM or 32-bit float", Remedy);
        if (channels is not (1 or 2))
            throw new VisitFormatException(file, place, $"{channels} channels", Remedy);
        if (rate is < 4_000 or > 384_000)
            throw new VisitFormatException(file, place, $"{rate} frames a second", "Record at 16,000 to 48,000");
        return blockAlign == channels * bits / 8 && byteRate == rate * blockAlign
            ? new Format(tag == 3, channels, (int)rate, bits / 8, blockAlign)
            : throw new VisitFormatException(file, place, "its format part contradicts itself", Remedy);
    }

    private static float[] Decode(ReadOnlySpan<byte> data, Format format)
    {
        var samples = new float[data.Length / format.Bytes];
        for (var i = 0; i < samples.Length; i++)
        {
            var sample = data[(i * format.Bytes)..];
            samples[i] = format switch
            {
                { IsFloat: true } => Finite(BinaryPrimitives.ReadSingleLittleEndian(sample)),
                { Bytes: 1 } => (sample[0] - 128) / 128f,
                { Bytes: 2 } => BinaryPrimitives.ReadInt16LittleEndian(sample) / 32768f,
                { Bytes: 3 } => ((sample[0] << 8) | (sample[1] << 16) | (sample[2] << 24)) / 2147483648f,
                _ => BinaryPrimitives.ReadInt32LittleEndian(sample) / 2147483648f,
            };
        }

        return samples;
    }

    // A float file may hold anything; what follows may count on numbers within full scale.
    private static float Finite(float value) => float.IsFinite(value) ? Math.Clamp(value, -1, 1) : 0;

    /// <summary>The constant end of the GUIDs that stand for plain format tags in WAVE_FORMAT_EXTENSIBLE.</summary>
    private static ReadOnlySpan<byte> SubFormatTail => [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    private sealed record Format(bool IsFloat, int Channels, int Rate, int Bytes, int BlockAlign);
}
