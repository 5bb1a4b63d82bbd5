namespace JamEmr.Tests.Support.Faults;

/// <summary>A small file system of its own, which a test may fill, and which is gone with the test.</summary>
public sealed class Disk : IDisposable
{
    private readonly string _folder;
    private readonly string? _image;

    private Disk(string folder, string? image)
    {
        _folder = folder;
        _image = image;
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder => _folder;

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Why this process cannot mount, or null where it can: that takes root on Linux, and not every container lets root do it.</summary>
    public static string? WhyNot { get; } = Try(mount => Command.Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount));

    /// <summary>Why this process cannot mount a file as a disk, or null where it can.</summary>
    public static string? WhyNoImage { get; } = FindWhyNoImage();

    /// <summary>A disk in memory, mounted on a new folder or on one that is there.</summary>
    public static Disk InMemory(int megabytes, string? folder = null)
    {
        folder ??= Directory.CreateTempSubdirectory("jamemr-disk-").FullName;
        Require(Command.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=700", "tmpfs", folder));
        return new Disk(folder, image: null);
    }

    /// <summary>An ext4 file system in a file, as it would lie on a disk.</summary>
    public static Disk InFile(int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("jamemr-disk-").FullName;
        var image = folder + ".img";
        using (var file = File.Create(image)) file.SetLength(megabytes * 1024L * 1024);
        Require(Command.Run("mkfs.ext4", "-q", image));
        Require(Command.Run("mount", "-o", "loop", image, folder));
        return new Disk(folder, image);
    }

    /// <summary>Uses up all its space.</summary>
    public void Fill()
    {
        using var stream = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 64 * 1024; size > 0; size /= 4)
        {
            var block = new byte[size];
            try
            {
                while (true) stream.Write(block);
            }
            catch (IOException)
            {
                // Full for blocks of this size; what is left is filled with smaller ones.
            }
        }
    }

    /// <summary>Gives the space back.</summary>
    public void Free() => File.Delete(Filler);

    /// <summary>Makes it read-only as the kernel does after an error, under the files that are open for writing (ext4 only).</summary>
    public void Abort() => Require(Command.Run("mount", "-o", "remount,abort", _folder));

    /// <summary>Unmounts, repairs and mounts it again; nobody may have a file of it open.</summary>
    public void Recover()
    {
        Require(Command.Run("umount", _folder));
        Require(Command.Run("mount", "-o", "loop", _image!, _folder));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Lazily where something still holds a file: a test that failed must not leave a mount behind.
        if (Command.Run("umount", _folder) is not null) Require(Command.Run("umount", "--lazy", _folder));
        if (_image is not null) File.Delete(_image);
        if (!Directory.EnumerateFileSystemEntries(_folder).Any()) Directory.Delete(_folder);
    }

    private static string? FindWhyNoImage()
    {
        if (WhyNot is { } whyNot) return whyNot;
        if (!File.Exists("/usr/sbin/mkfs.ext4") && !File.Exists("/sbin/mkfs.ext4")) return "There is no mkfs.ext4.";
        try
        {
            InFile(8).Dispose();
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    private static string? Try(Func<string, string?> mount)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return "Mounting a small file system needs root on Linux.";
        var folder = Directory.CreateTempSubdirectory("jamemr-disk-").FullName;
        try
        {
            if (mount(folder) is { } reason) return $"This machine does not let root mount: {reason}";
            Require(Command.Run("umount", folder));
            return null;
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static void Require(string? failure)
    {
        if (failure is not null) throw new InvalidOperationException(failure);
    }
}
