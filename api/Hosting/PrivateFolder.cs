namespace JamEmr.Api.Hosting;

/// <summary>Folders that only the service's own user may enter.</summary>
internal static class PrivateFolder
{
    /// <summary>Makes the folder, where it is missing, with mode 0700.</summary>
    public static void Make(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
