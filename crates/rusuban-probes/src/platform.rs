//! Adapter part of `rusuban_core::world::platform`: what kind of machine it is. Files only, no program is run.

use jiff::civil::Date;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::platform::{Dmi, Machine, Platform};

use crate::host::Host;
use crate::printable::printable;
use crate::sysfs;

/// Where the kernel shows SMBIOS.
const DMI: &str = "/sys/class/dmi/id";

/// Looks at what the machine is.
pub fn look(host: &Host) -> Platform {
    let dmi = read_dmi(host);
    let machine = machine(host, dmi.as_ref().ok().and_then(Option::as_ref));
    Platform { machine: machine.into(), dmi: Seen::from(dmi) }
}

fn read_dmi(host: &Host) -> Result<Option<Dmi>, Unknown> {
    if sysfs::names(host, DMI)?.is_none() {
        return Ok(None);
    }
    let field = |name: &str| {
        sysfs::value(host, &format!("{DMI}/{name}")).map(|value| value.map(|text| printable(&text)))
    };
    Ok(Some(Dmi {
        sys_vendor: field("sys_vendor")?,
        product_name: field("product_name")?,
        bios_vendor: field("bios_vendor")?,
        bios_version: field("bios_version")?,
        bios_date: field("bios_date")?.as_deref().and_then(bios_date),
        chassis_type: field("chassis_type")?.and_then(|text| text.parse().ok()),
    }))
}

/// The release date as SMBIOS writes it: `mm/dd/yyyy`, in old tables `mm/dd/yy` of the twentieth century.
fn bios_date(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let month = parts.next()?.trim().parse().ok()?;
    let day = parts.next()?.trim().parse().ok()?;
    let year: i16 = parts.next()?.trim().parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    Date::new(if year < 100 { year + 1900 } else { year }, month, day).ok()
}

fn machine(host: &Host, dmi: Option<&Dmi>) -> Result<Machine, Unknown> {
    if let Some(by) = container(host)? {
        return Ok(Machine::Container { by });
    }
    let cpuinfo = host.read_text("/proc/cpuinfo")?.unwrap_or_default();
    let by = dmi.and_then(hypervisor_by_name).unwrap_or_default();
    // On x86 the processor itself tells; a cloud's bare-metal machine may carry the name of its virtual ones.
    match cpuinfo.lines().find(|line| line.starts_with("flags")) {
        Some(flags) if !flags.split_ascii_whitespace().any(|flag| flag == "hypervisor") => {
            Ok(Machine::Physical)
        }
        Some(_) if rules_over_xen(host)? => Ok(Machine::Physical),
        Some(_) => Ok(Machine::Virtual { by: by.to_owned() }),
        None if !by.is_empty() => Ok(Machine::Virtual { by: by.to_owned() }),
        None => Err(undecided()),
    }
}

/// The first domain of Xen runs under the hypervisor and owns the hardware.
fn rules_over_xen(host: &Host) -> Result<bool, Unknown> {
    let capabilities = sysfs::value(host, "/proc/xen/capabilities")?.unwrap_or_default();
    Ok(capabilities.split(',').any(|word| word.trim() == "control_d"))
}

fn container(host: &Host) -> Result<Option<String>, Unknown> {
    if let Some(by) = sysfs::value(host, "/run/systemd/container")? {
        return Ok(Some(by));
    }
    for (path, by) in [("/.dockerenv", "docker"), ("/run/.containerenv", "podman")] {
        if sysfs::exists(host, path) && !owns_the_kernel(host)? {
            return Ok(Some(by.to_owned()));
        }
    }
    Ok(None)
}

/// A machine that was made from a container's image keeps the mark of the container. It is none where the kernel's own
/// threads stand in the process table and the root lies on a device.
fn owns_the_kernel(host: &Host) -> Result<bool, Unknown> {
    let has_kernel_threads = sysfs::value(host, "/proc/2/comm")?.as_deref() == Some("kthreadd");
    let mounts = host.read_text("/proc/mounts")?.unwrap_or_default();
    // The last mount on a place is the one that is seen.
    let root = mounts.lines().rev().find(|line| line.split(' ').nth(1) == Some("/"));
    Ok(has_kernel_threads && root.is_some_and(|line| line.starts_with("/dev/")))
}

/// The hypervisor that shows itself by the names it gives the machine.
fn hypervisor_by_name(dmi: &Dmi) -> Option<&'static str> {
    const NAMES: [(&str, &str); 12] = [
        ("qemu", "QEMU"),
        ("kvm", "KVM"),
        ("vmware", "VMware"),
        ("innotek", "VirtualBox"),
        ("virtualbox", "VirtualBox"),
        ("hvm domu", "Xen"),
        ("amazon ec2", "Amazon EC2"),
        ("google compute engine", "Google Compute Engine"),
        ("openstack", "OpenStack"),
        ("parallels", "Parallels"),
        ("bhyve", "bhyve"),
        ("nutanix", "Nutanix"),
    ];
    let vendor = dmi.sys_vendor.as_deref().unwrap_or_default().to_ascii_lowercase();
    let product = dmi.product_name.as_deref().unwrap_or_default().to_ascii_lowercase();
    // Microsoft makes laptops too; only the product tells.
    if vendor.starts_with("microsoft") && product == "virtual machine" {
        return Some("Hyper-V");
    }
    NAMES.iter().find(|(word, _)| vendor.contains(word) || product.contains(word)).map(|(_, name)| *name)
}

fn undecided() -> Unknown {
    Unknown::new(
        UnknownCode::NotSupported,
        "machine",
        Text::new(
            "実機か仮想マシンかを判別できません",
            "whether this is hardware or a virtual machine cannot be told",
        ),
        Text::new("担当者が申告してください", "let the person in charge state it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fixture::tree;

    fn seen(files: &[(&str, &str)]) -> Platform {
        let (_folder, host) = tree(files);
        look(&host)
    }

    const BARE: (&str, &str) = ("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme sse2\n");
    const GUEST: (&str, &str) = ("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor sse2\n");

    #[test]
    fn a_laptop_is_physical() {
        let platform = seen(&[
            BARE,
            ("/sys/class/dmi/id/sys_vendor", "LENOVO\n"),
            ("/sys/class/dmi/id/product_name", "21HMCTO1WW\n"),
            ("/sys/class/dmi/id/bios_version", "N3XET62W (1.37 )\n"),
            ("/sys/class/dmi/id/bios_date", "09/03/2026\n"),
            ("/sys/class/dmi/id/chassis_type", "10\n"),
        ]);
        assert_eq!(platform.machine, Seen::Known(Machine::Physical));
        let dmi = platform.dmi().unwrap();
        assert_eq!(dmi.chassis_type, Some(10));
        assert_eq!(dmi.bios_date, Some(jiff::civil::date(2026, 9, 3)));
        assert_eq!(dmi.bios_version.as_deref(), Some("N3XET62W (1.37 )"));
    }

    #[test]
    fn a_guest_is_known_by_its_processor_and_named_by_its_maker() {
        let named = seen(&[GUEST, ("/sys/class/dmi/id/sys_vendor", "QEMU\n")]);
        assert_eq!(named.machine, Seen::Known(Machine::Virtual { by: "QEMU".to_owned() }));
        let nameless = seen(&[GUEST]);
        assert_eq!(nameless.machine, Seen::Known(Machine::Virtual { by: String::new() }));
        assert_eq!(nameless.dmi, Seen::Known(None));
    }

    #[test]
    fn bare_metal_of_a_cloud_is_physical_whatever_its_name() {
        let platform = seen(&[BARE, ("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n")]);
        assert_eq!(platform.machine, Seen::Known(Machine::Physical));
    }

    #[test]
    fn a_surface_is_no_hyper_v() {
        let arm = ("/proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd\n");
        let vendor = ("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n");
        let surface = seen(&[arm, vendor, ("/sys/class/dmi/id/product_name", "Surface Pro\n")]);
        assert!(matches!(surface.machine, Seen::Unknown(_)));
        let guest = seen(&[arm, vendor, ("/sys/class/dmi/id/product_name", "Virtual Machine\n")]);
        assert_eq!(guest.machine, Seen::Known(Machine::Virtual { by: "Hyper-V".to_owned() }));
    }

    #[test]
    fn a_container_belongs_to_its_host() {
        let platform = seen(&[BARE, ("/.dockerenv", "")]);
        assert_eq!(platform.machine, Seen::Known(Machine::Container { by: "docker".to_owned() }));
    }

    #[test]
    fn a_machine_made_from_a_container_image_is_none() {
        let threads = ("/proc/2/comm", "kthreadd\n");
        let mark = ("/.dockerenv", "");
        let disk = seen(&[GUEST, mark, threads, ("/proc/mounts", "/dev/vda / ext4 rw 0 0\n")]);
        assert_eq!(disk.machine, Seen::Known(Machine::Virtual { by: String::new() }));
        let overlay = seen(&[GUEST, mark, threads, ("/proc/mounts", "overlay / overlay rw 0 0\n")]);
        assert_eq!(overlay.machine, Seen::Known(Machine::Container { by: "docker".to_owned() }));
    }

    #[test]
    fn the_first_domain_of_xen_owns_the_hardware() {
        let platform = seen(&[GUEST, ("/proc/xen/capabilities", "control_d\n")]);
        assert_eq!(platform.machine, Seen::Known(Machine::Physical));
    }

    #[test]
    fn a_date_that_is_none_is_none() {
        assert_eq!(bios_date("2026-09-03"), None);
        assert_eq!(bios_date("13/45/2026"), None);
        assert_eq!(bios_date("04/01/99"), Some(jiff::civil::date(1999, 4, 1)));
    }
}
