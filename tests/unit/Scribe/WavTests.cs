using System.Buffers.Binary;
using JamEmr.Scribe.Audio;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Tests.Unit.Scribe;

public class WavTests
{
    [Theory]
    [InlineData(1, 8, new byte[] { 0, 128, 255 }, new[] { -1f, 0f, 127 / 128f })]
    [InlineData(1, 16, new byte[] { 0, 128, 0, 0, 255, 127 }, new[] { -1f, 0f, 32767 / 32768f })]
    [InlineData(1, 24, new byte[] { 0, 0, 128, 0, 0, 0, 0, 0, 64 }, new[] { -1f, 0f, 0.5f })]
    [InlineData(1, 32, new byte[] { 0, 0, 0, 128, 0, 0, 0, 64 }, new[] { -1f, 0.5f })]
    [InlineData(3, 32, new byte[] { 0, 0, 0, 63, 0, 0, 192, 127, 0, 0, 0, 64 }, new[] { 0.5f, 0f, 1f })]
    public void Given_samples_of_each_coding_When_read_Then_full_scale_is_one(int tag, int bits, byte[] data, float[] expected)
    {
        var sound = WavSound.Read("a.wav", Wav((ushort)tag, 1, 16_000, (ushort)bits, data));

        Assert.Equal((16_000, 1), (sound.SampleRate, sound.Channels));
        Assert.Equal(expected, sound.Samples);
    }

    [Fact]
    public void Given_stereo_in_the_extended_form_When_read_Then_mono_is_the_mean()
    {
        var bytes = Wav(0xFFFE, 2, 48_000, 16, [0, 64, 0, 0, 0, 0, 0, 192], extendedTag: 1);

        var sound = WavSound.Read("a.wav", bytes);

        Assert.Equal([0.25f, -0.25f], sound.ToMono());
        Assert.Equal(TimeSpan.FromSeconds(2.0 / 48_000), sound.Duration);
    }

    [Fact]
    public void Given_other_parts_of_odd_length_before_the_sound_When_read_Then_they_are_passed_over()
    {
        var bytes = Wav(1, 1, 8_000, 16, [1, 0]);
        byte[] extra = [.. "LIST"u8, 3, 0, 0, 0, 9, 9, 9, 0];
        byte[] with = [.. bytes[..12], .. extra, .. bytes[12..]];
        BinaryPrimitives.WriteUInt32LittleEndian(with.AsSpan(4), (uint)with.Length - 8);

        Assert.Equal([1 / 32768f], WavSound.Read("a.wav", with).Samples);
    }

    [Theory]
    [InlineData(0, 0x51, "no WAV file")]
    [InlineData(4, 0xFF, "its header says")]
    [InlineData(20, 0x06, "coding 6 with 16 bits")]
    [InlineData(22, 0x03, "3 channels")]
    [InlineData(24, 0x01, "its format part contradicts itself")]
    [InlineData(32, 0x09, "its format part contradicts itself")]
    [InlineData(36, 0x51, "no sound in it")]
    [InlineData(40, 0x7F, "runs beyond its end")]
    [InlineData(16, 0x0A, "its format part is too short")]
    public void Given_one_wrong_byte_in_the_header_When_read_Then_it_is_refused(int at, int value, string part)
    {
        var bytes = Wav(1, 1, 16_000, 16, [1, 2, 3, 4]);
        bytes[at] = (byte)value;

        var e = Assert.Throws<VisitFormatException>(() => WavSound.Read("a.wav", bytes));

        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    internal static byte[] Wav(ushort tag, ushort channels, uint rate, ushort bits, byte[] data, ushort? extendedTag = null)
    {
        var align = (ushort)(channels * bits / 8);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("RIFF"u8);
        writer.Write(0);
        writer.Write("WAVE"u8);
        writer.Write("fmt "u8);
        writer.Write(extendedTag is null ? 16 : 40);
        writer.Write(tag);
        writer.Write(channels);
        writer.Write(rate);
        writer.Write(rate * align);
        writer.Write(align);
        writer.Write(bits);
        if (extendedTag is { } inner)
        {
            writer.Write((ushort)22);
            writer.Write(bits);
            writer.Write(3u);
            writer.Write(inner);
            writer.Write([0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71]);
        }

        writer.Write("data"u8);
        writer.Write(data.Length);
        writer.Write(data);
        var bytes = stream.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)bytes.Length - 8);
        return bytes;
    }
}
