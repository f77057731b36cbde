"""The first questions with their answers, for everybody; superusers change them in the administration.

„# “ begins a topic, „## “ a question; an empty line a paragraph, „- “ an item of a list.
"""

from itertools import groupby

from django.db import migrations

LITHUANIAN = """
# Registracija ir prisijungimas

## Kaip užsiregistruoti savitarnoje?

Prisijungimo puslapyje paspauskite „Registruotis“. Viršuje pasirinkite „Fizinis asmuo“ arba „Juridinis asmuo“, įrašykite
savo duomenis, pasirinkite „Prižiūrinti įmonė“ ir įveskite mokėtojo kodą.

Paspauskite „Registruotis“. Į Jūsų el. paštą atsiųsime kodą. Įveskite jį lauke „Patvirtinimo kodas“ ir paspauskite
„Patvirtinti“. Tada prisijunkite el. paštu ir slaptažodžiu.

## Kuo skiriasi fizinio ir juridinio asmens registracija?

Fizinis asmuo įrašo vardą ir pavardę. Juridinis asmuo įrašo įmonės pavadinimą ir kontaktinį asmenį; įmonės kodas
neprivalomas, bet jei jį įrašote, patikriname, ar jis teisingas.

Pasirinkite tą, kurio vardu išrašomos sąskaitos: pagal tai tikriname, ar objektas Jūsų.

## Negaunu patvirtinimo kodo. Ką daryti?

Pažiūrėkite šlamšto aplanką ir patikrinkite, ar teisingai įrašėte el. paštą. Kodas galioja 15 minučių. Paspauskite „Siųsti kodą dar kartą“ –
veiks tik naujausias kodas.

Jei puslapį jau uždarėte, prisijunkite el. paštu ir slaptažodžiu: atsiųsime naują kodą. Per 24 valandas nepatvirtintą
registraciją ištriname, tada registruokitės iš naujo.

## Koks turi būti slaptažodis?

Bent 8 ženklų, su didžiąja raide ir skaitmeniu. Slaptažodis negali būti lengvai atspėjamas ar panašus į Jūsų vardą ir
el. paštą.

## Pamiršau slaptažodį. Kaip prisijungti?

Prisijungimo puslapyje paspauskite „Pamiršote slaptažodį?“ ir įrašykite savo el. paštą. Atsiųsime laišką su nuoroda,
kurią atvėrę įrašysite naują slaptažodį.

Jei laiške rašoma, kad paskyros su tokiu el. paštu nėra, galbūt registravotės kitu adresu.

## Kaip pakeisti slaptažodį?

Viršuje dešinėje paspauskite savo vardą ir pasirinkite „Slaptažodžio keitimas“. Įrašykite dabartinį ir naują slaptažodį, paspauskite
„Išsaugoti“.

## Kaip saugiai naudotis savitarna svetimame kompiuteryje?

Neleiskite naršyklei išsaugoti slaptažodžio. Baigę viršuje dešinėje paspauskite savo vardą, tada „Atsijungti“: po to
puslapių nebeparodys ir naršyklės mygtukas „Atgal“. Tada uždarykite naršyklę.

Jei pamiršote atsijungti, pakeiskite slaptažodį.

# Objektai ir mokėjimų knygelės

## Kas yra mokėtojo kodas ir kur jį rasti?

Mokėtojo kodas (mokėjimo knygelės ID) yra Jūsų numeris prižiūrinčioje įmonėje. Jis išspausdintas kiekvienoje jos
sąskaitoje, o savitarnoje rašomas prie mokėjimų knygelės puslapyje „Kliento informacija“.

Tarpų ir brūkšnelių galite nerašyti.

## Kas yra aktyvavimo kodas ir kaip jį gauti?

Tai 10 ženklų kodas, kuriuo įrodote, kad objektas Jūsų. Mėnesio sąskaitose jo nėra. Kodą laišku siunčia prižiūrinti įmonė
arba jį duoda jos darbuotojas, patikrinęs, kas Jūs.

Kodas veikia vieną kartą. Įveskite jį pagrindiniame lange prie nepridėto objekto, lauke „Aktyvavimo kodas“, ir paspauskite „Patvirtinti kodą“.

## Kodėl objekto pridėti nepavyko?

Mokėtojo kodas atspausdintas ant kiekvienos sąskaitos, todėl vien jo nepakanka. Patikrinkite prižiūrinčią įmonę ir mokėtojo
kodą. Objektas pridedamas iš karto, jei savitarnoje jo dar niekas neturi, o Jūsų vardas ir pavardė (arba įmonės
pavadinimas) sutampa su mokėtojo. Kai kurios įmonės vis tiek paprašo aktyvavimo kodo arba sprendžia pačios.

Nepavyko? Įveskite aktyvavimo kodą arba pagrindiniame lange paspauskite „Siųsti prašymą administratoriui“. Atsakymą
gausite el. paštu.

## Kaip į vieną paskyrą sudėti kelis objektus?

Pagrindiniame lange paspauskite „Pridėti objektą“. Puslapyje „Kliento informacija“ pasirinkite „Prižiūrinti įmonė“, įveskite „Mokėjimo knygelės
ID“ ir paspauskite „Pridėti“. Taip pridėkite kiekvieną objektą, tada paspauskite „Išsaugoti“ – kol neišsaugojote, prie objekto rašoma
„Dar neišsaugota“.

Objektai gali būti skirtingų prižiūrinčių įmonių.

## Kaip pašalinti objektą?

Puslapyje „Kliento informacija“ prie mokėjimų knygelės paspauskite „x“ ir „Išsaugoti“. Kol neišsaugojote, galite paspausti
„Grąžinti“.

Pašalinus objektą, iškart baigiasi ir visų, su kuriais juo pasidalijote, teisės. Sąskaitos niekur nedingsta: jas ir
toliau išrašo prižiūrinti įmonė.

## Pardaviau butą. Ką daryti?

Praneškite prižiūrinčiai įmonei: ji uždaro Jūsų mokėjimų knygelę. Po paskutinės jos dienos nebegalima deklaruoti,
dalintis, užsakyti ir balsuoti, baigiasi ir kitų žmonių, su kuriais pasidalijote, teisės.

Savo sąskaitas ir istoriją matote toliau, o jei liko skola, galite ją sumokėti. Naujas savininkas Jūsų duomenų nemato,
išskyrus perdavimo dienos skaitiklių rodmenis.

## Gavau laišką, kad mano objektą prisidėjo kitas žmogus. Ką daryti?

Jei tai Jūsų bendrasavininkas ar šeimos narys, nieko daryti nereikia. Jei jo nepažįstate, atverkite laiško nuorodą
ir paspauskite „Tai ne aš“. Naujoji prieiga iškart sustabdoma, o prižiūrinti įmonė išsiaiškina. Nuoroda veikia 14 dienų.

# Dalinimasis objektu

## Kaip leisti objektu naudotis šeimos nariui ar nuomininkui?

Puslapyje „Kliento informacija“, dalyje „Objekto informacijos dalinimasis su kitais vartotojais“, pasirinkite „Objektas“, įrašykite to žmogaus „El. paštas“, pasirinkite „Teisės“
ir, jei reikia, „Galioja iki“. Paspauskite „Pridėti“ ir „Išsaugoti“.

Žmogus gaus kvietimą el. paštu. Kol jis nepriėmė, matote „Laukiame patvirtinimo“. Kvietimas galioja 30 dienų.

## Kokias teises galiu suteikti?

- „Viskas, ką galiu aš“: matyti sąskaitas, mokėti, deklaruoti skaitiklius, užsakyti paslaugas.
- „Tik deklaruoti skaitiklius“.
- „Tik matyti sąskaitas ir mokėti“.

Dalintis toliau, pašalinti objekto ir balsuoti negali niekas, su kuo pasidalijote: tai lieka savininkui.

## Gavau kvietimą naudotis objektu. Kaip jį priimti?

Prisijunkite el. paštu, kuriuo gavote kvietimą. Pagrindiniame lange matysite, kas ir kokiu objektu dalijasi: paspauskite
„Priimti“ arba „Atmesti“.

Paskyros dar neturite? Atverkite laiško nuorodą ir užsiregistruokite: el. paštas jau įrašytas, mokėtojo kodo nereikia.

## Kaip nutraukti dalinimąsi?

Puslapyje „Kliento informacija“ prie žmogaus paspauskite „x“ ir „Išsaugoti“. Jo teisės baigiasi iškart.

Jei objektu pasidalijo su Jumis, galite jo atsisakyti patys: paspauskite „Atsisakyti objekto“.

# Sąskaitos ir mokėjimai

## Kur rasti sąskaitas?

Meniu pasirinkite „Sąskaitos“. Viršuje yra neapmokėtos, žemiau – visos kitos pagal mėnesius. Atvėrę sąskaitą matote, už ką
mokate, ir galite paspausti „Atsisiųsti PDF“.

## Iš ko susideda „Mokėtina suma“?

Tai visų Jūsų objektų, kurių sąskaitas matote, skolų suma, ir tų sąskaitų, kurių mokėti dar ne laikas. Vieno objekto permoka kito objekto
skolos nemažina.

Sąskaitoje įrašyta suma „Iš viso“ yra jos išrašymo dienos. Jei po to mokėjote, „Mokėtina suma“ bus mažesnė.

## Kaip apmokėti sąskaitą?

- Atverkite sąskaitą, banko programėlėje pasirinkite mokėjimą pagal QR kodą ir nuskaitykite kodą iš ekrano.
- Arba nurašykite į banką gavėją, sąskaitą (IBAN), sumą ir „Įmokos kodas“.
- Jei įmonė priima mokėjimus internetu, paspauskite „Apmokėti“ ir sumokėkite iš karto, taip pat už kelis objektus.

Visada nurodykite įmokos kodą: pagal jį mokėjimas įskaitomas Jums.

## Ar galiu sumokėti tik dalį sumos?

Taip. Mokėdami įrašykite mažesnę sumą. Prie sąskaitos bus rašoma „Apmokėta iš dalies“, o likutis liks mokėtinoje
sumoje.

## Ar už mane gali sumokėti kitas žmogus?

Taip. Atverkite sąskaitą ir paspauskite „Sukurti nuorodą mokėtojui“. Ją turintis žmogus mato sumą, adresą ir kaip sumokėti, bet
nei Jūsų vardo, nei už ką sąskaita. Nuorodą bet kada galite panaikinti: paspauskite „Atšaukti nuorodą“.

Jei tas žmogus moka nuolat, pasidalinkite objektu ir suteikite teisę „Tik matyti sąskaitas ir mokėti“.

## Kodėl šį mėnesį tiek daug?

Atverkite sąskaitą ir pažiūrėkite dalį „Kodėl tiek?“. Ten kiekviena eilutė palyginta su praėjusiu mėnesiu ir su tuo pačiu mėnesiu
prieš metus, o prie skaitiklių rodomi rodmenys, pagal kuriuos skaičiuota.

## Ką reiškia „permoka“?

Sumokėjote daugiau, nei reikėjo. Permoka lieka Jūsų mokėjimų knygelėje ir padengia kitas to paties objekto sąskaitas.
Jei norite ją susigrąžinti, parašykite prižiūrinčiai įmonei.

## Sumokėjau, o sąskaita vis dar neapmokėta. Kodėl?

Mokėjimai iš banko atsiranda tada, kai prižiūrinti įmonė juos įkelia. Kada jos duomenys atnaujinti paskutinį kartą, rašoma
pagrindiniame lange. Apmokėję savitarnoje internetu, mokėjimą matote iš karto.

Jei po kelių darbo dienų mokėjimo vis dar nėra, parašykite prižiūrinčiai įmonei ir nurodykite mokėjimo dieną bei sumą.

## Kada skaičiuojami delspinigiai?

Delspinigius skaičiuoja ir į sąskaitą įrašo prižiūrinti įmonė. Savitarna jų pati neprideda.

# Skaitikliai

## Kada ir kaip deklaruoti skaitiklių rodmenis?

Paprastai nuo mėnesio 15 iki 27 dienos, abi dienas imtinai. Jei Jūsų įmonės ar namo dienos kitokios, jos rašomos
puslapyje „Skaitiklių deklaravimas“ ir pagrindiniame lange.

Prie skaitiklio (skaitliuko) laukelyje „Dabar“ įrašykite rodmenį ir paspauskite „Deklaruoti“. Kai skaitiklių keli, įrašykite visus ir paspauskite „Deklaruoti
visus“. Kablelis ir taškas reiškia tą patį.

## Laiške yra nuoroda deklaruoti. Ar reikia prisijungti?

Nereikia. Paspauskite laiške „Deklaruoti“: atsivers tik Jūsų dar nedeklaruoti to laikotarpio skaitikliai. Puslapyje rodomas adresas,
skaitiklio numeris ir ankstesnis rodmuo, daugiau nieko. Deklaruotą rodmenį pataisysite prisijungę.

Nuoroda nustoja veikti, kai viskas deklaruota arba baigiasi laikotarpis. Niekam jos nepersiųskite: ją turintis žmogus gali
deklaruoti už Jus.

## Suklydau. Kaip pataisyti rodmenį?

Kol deklaravimo laikotarpis atviras, prie skaitiklio paspauskite „Taisyti“, įrašykite teisingą rodmenį ir dar kartą
paspauskite „Deklaruoti“. Pasibaigus laikotarpiui kreipkitės į prižiūrinčią įmonę.

## Kodėl turiu patvirtinti, kad rodmuo teisingas?

Taip klausiame, kai suvartota neįprastai daug, kai galbūt ne toje vietoje kablelis arba sukeisti du skaitikliai, ir kai
skaitiklis galėjo persisukti. Dar kartą pažiūrėkite į skaitiklį. Jei skaičius tikras, pažymėkite „Patikrinau, rodmuo teisingas“ ir
deklaruokite.

## Rodmuo mažesnis už ankstesnį. Ką daryti?

Jei skaitiklis persisuko per nulius, patvirtinkite, kad rodmuo teisingas. Kitais atvejais mažesnio rodmens nepriimame, bet galite paspausti
„Siųsti rodmenį patikrai“ ir pridėti skaitiklio nuotrauką. Darbuotojai patikrins, o Jūsų įrašytas skaičius nedings.

## Nespėjau deklaruoti. Kas dabar?

Deklaruokite kitą mėnesį: kitas rodmuo apims abu mėnesius, ir prie jo bus parašyta, už kiek dienų. Prižiūrinti įmonė
taip pat gali laikinai atverti vėlesnį deklaravimą.

## Ar galiu pridėti skaitiklio nuotrauką?

Taip. Deklaravę rodmenį, prie skaitiklio paspauskite „Pridėti nuotrauką“. Prižiūrinti įmonė ją mato tikrindama rodmenį.
Nuotraukoje įrašytą fotografavimo vietą pašaliname.

## Mano skaitiklio sąraše nėra. Kodėl?

Skaitiklius į savitarną įkelia prižiūrinti įmonė. Galbūt skaitiklis ką tik pakeistas arba dar neįkeltas. Parašykite prižiūrinčiai įmonei: nurodykite
adresą, skaitiklio numerį ir rodmenį.

## Ar reikia deklaruoti nuotolinį skaitiklį?

Ne. Jo rodmenis prižiūrinti įmonė nuskaito pati, savitarnoje juos tik matote.

## Kodėl negaliu deklaruoti?

- Deklaravimo laikotarpis dar neprasidėjo arba jau baigėsi: puslapyje rašoma, kada jis vėl bus.
- Jūsų prižiūrinti įmonė rodmenų savitarnoje nepriima. Juos teikite taip, kaip iki šiol.
- Objektu su Jumis pasidalyta tik sąskaitoms matyti ir mokėti.
- Mokėjimų knygelė uždaryta.

## Kur matyti ankstesnius rodmenis?

Meniu pasirinkite „Deklaruotų skaitiklių duomenys“. Susiaurinkite pagal „Skaitiklio tipas“, „Objektas“, „Deklaravimo data“ ir paspauskite
„Rodyti“. Ten yra ir suvartoto kiekio diagramos. Sąrašą galite atsisiųsti: „Atsisiųsti CSV“.

## Kaip deklaravimo dienas matyti savo kalendoriuje?

Viršuje dešinėje paspauskite savo vardą, tada „Mano kontaktai“ ir „Pasirinkti laiškus“. Dalyje „Kalendorius“ paspauskite „Atverti“,
tada „Sukurti nuorodą“. Pridėkite nuorodą prie savo telefono ar kompiuterio kalendoriaus kaip prenumeratą.

Nuorodą turintis žmogus mato tik šias dienas ir Jūsų adresus. Jei ją pamatė kitas, paspauskite „Pakeisti nuorodą“: senoji
nebeveiks.

# Namas, paslaugos ir gedimai

## Kur sužinoti, kas vyksta mano name?

Meniu pasirinkite „Pranešimai ir darbai“: ten planuojami ir atlikti darbai bei prižiūrinčios įmonės pranešimai. Svarbiausi rodomi ir pagrindiniame
lange. Objekto puslapyje rasite namo dokumentus ir kas namu rūpinasi.

## Kaip užsakyti paslaugą?

Meniu pasirinkite „Paslaugos“, tada paslaugą, objektą ir Jums patogų laiką. Galite pridėti nuotraukų. Paspauskite „Užsakyti“.

Užsakymo numerį, būseną, atsakingą žmogų ir terminą matote tame pačiame puslapyje, dalyje „Mano užsakymai“. Atvėrę užsakymą
galite parašyti žinutę, paspausti „Keisti laiką“ arba „Atšaukti užsakymą“.

## Kaip pranešti apie gedimą?

Jei įvyko avarija – bėga vanduo, jaučiate dujų kvapą ar kilo gaisras, – pirmiausia skambinkite: avarinės tarnybos telefonas yra puslapio
„Paslaugos“ viršuje ir objekto puslapyje, o bendrasis pagalbos telefonas – 112.

Apie kitus gedimus praneškite puslapyje „Paslaugos“: paspauskite „Pranešti apie gedimą“, parašykite, kas nutiko ir ar skubu,
pridėkite nuotrauką ir paspauskite „Siųsti“. Į skubius pranešimus atsakome per 1 darbo dieną, į kitus – per 5 darbo dienas.

## Užsakymas baigtas, bet darbas atliktas blogai. Ką daryti?

Per 14 dienų puslapyje „Paslaugos“ atverkite užsakymą, parašykite, kas negerai, ir paspauskite „Atnaujinti“. Taip pat grąžinsite ir
gedimą ar klausimą.

Vėliau užsakykite iš naujo ir nurodykite ankstesnio užsakymo numerį.

## Kaip susisiekti su prižiūrinčia įmone?

Puslapio apačioje paspauskite „Neradote atsakymo? Susisiekite su mumis!“, parašykite ir paspauskite „Siųsti“. Tam prisijungti nebūtina:
atsakysime el. paštu. Prisijungę savo klausimą ir atsakymą matysite puslapyje „Paslaugos“.

Prižiūrinčios įmonės telefonas ir el. paštas yra pagrindiniame lange ir objekto puslapyje.

# Balsavimas

## Kas gali balsuoti?

Patalpų savininkas: vienos patalpos – vienas balsas. Kai bendrasavininkių keli, jų balsas bendras, ir kiekvienas mato, kas
jį pakeitė paskutinis. Už įmonę balsuoja jos paskyros naudotojas.

Nuomininkai ir žmonės, su kuriais objektu tik pasidalyta, nebalsuoja.

## Kaip balsuoti ir ar galiu persigalvoti?

Meniu pasirinkite „Balsavimas“. Prie kiekvieno klausimo pažymėkite „Už“, „Prieš“ arba „Susilaikau“ (kartais – vieną iš siūlomų
variantų) ir paspauskite „Balsuoti“. Pamatysite kvito kodą: jis rodo, kad balsas gautas, o protokole pagal jį
rasite, kad suskaičiuotas. Kol balsavimas nesibaigė, balsą galite pakeisti.

Nebalsuokite ir popieriuje: jei tų pačių patalpų biuleteniai skiriasi, kuris galioja, sprendžia prižiūrinti įmonė ir priežastį
nurodo protokole.

## Kada sužinosiu rezultatus ir ar toks balsavimas galioja?

Rezultatai ir protokolas rodomi balsavimui pasibaigus, iki tol jų nemato niekas. Savininkams apie juos parašysime ir
el. paštu. Ar paspaudimas laikomas balsu, ar tik nuomonės
apklausa, sprendžia prižiūrinti įmonė: tai parašyta balsavimo puslapyje.

# Paskyra ir laiškai

## Kokius laiškus siunčiate ir kaip jų atsisakyti?

Galite atsisakyti laiškų, kuriuos siunčiame:
- kai išrašoma nauja sąskaita;
- kai prasideda deklaravimas ir likus trims dienoms iki jo pabaigos, jei dar ne viskas deklaruota;
- kai prižiūrinti įmonė praneša apie Jūsų namą;
- likus trims dienoms iki balsavimo pabaigos, jei dar nebalsavote.

Viršuje dešinėje paspauskite savo vardą, tada „Mano kontaktai“ ir „Pasirinkti laiškus“. Palikite pažymėtus tuos, kurių norite, ir
paspauskite „Išsaugoti“. Vienos rūšies laiškus galite išjungti ir neprisijungę – nuoroda laiško apačioje.

Laiškus apie Jūsų paskyros saugumą, objektus ir užsakymus, balsavimo pradžią ir rezultatus siunčiame visada.

## Kaip pakeisti telefono numerį ar kalbą?

Viršuje dešinėje paspauskite savo vardą ir pasirinkite „Mano kontaktai“. Pakeiskite telefono numerį ir paspauskite „Išsaugoti“. Ten pat keičiama ir kalba;
kalbą galite pakeisti ir kiekvieno puslapio apačioje.

## Kaip pakeisti el. paštą?

Paties el. pašto pakeisti negalite, nes juo jungiatės. Parašykite arba paskambinkite klientų aptarnavimui – kontaktai yra
puslapyje „Mano kontaktai“.

## Kaip ištrinti paskyrą?

Parašykite klientų aptarnavimui: puslapio apačioje paspauskite „Neradote atsakymo? Susisiekite su mumis!“. Atsakysime per mėnesį. Ištrynus paskyrą, baigiasi ir visų, su
kuriais pasidalijote objektais, teisės.

Sąskaitų ir mokėjimų duomenis prižiūrinti įmonė saugo tiek, kiek reikalauja teisės aktai.
"""

ENGLISH = """
# Registering and signing in

## How do I register?

On the sign-in page press “Register”. At the top choose “Natural person” or “Legal person”, fill in your details,
choose your managing company and enter the payer code.

Press “Register”. We send a code to your email. Enter it under “Confirmation code” and press “Confirm”. Then sign in with
your email and password.

## How does registering as a natural person differ from registering as a legal person?

A natural person gives a first and a last name. A legal person gives the company's name and a contact person; the company
code is optional, but if you give it we check that it is right.

Choose the one in whose name the invoices are issued: by it we check whether the object is yours.

## I do not get the confirmation code. What can I do?

Look into the spam folder and check that you wrote your email correctly. A code works for 15 minutes. Press “Send the code again” – only the newest
code will work.

If you have closed the page, sign in with your email and password: we will send a new code. A registration that is not
confirmed within 24 hours is deleted; then register anew.

## What must a password be like?

At least 8 characters, with an upper-case letter and a digit. It must not be easy to guess, nor be like your name or
email.

## I forgot my password. How do I sign in?

On the sign-in page press “Forgot your password?” and enter your email. We send a letter with a link where you set a new
password.

If the letter says that there is no account with this email, you may have registered with another address.

## How do I change my password?

Press your name at the top right and choose “Change of password”. Enter the present and the new password and press “Save”.

## How do I use the self-service safely on somebody else's computer?

Do not let the browser save your password. When you are done, press your name at the top right and then “Sign out”:
after that not even the browser's “Back” button shows your pages. Then close the browser.

If you forgot to sign out, change your password.

# Objects and payment books

## What is a payer code, and where do I find it?

The payer code (payment book ID) is your number at the managing company. It is printed on each of its invoices, and in the
self-service it stands beside the payment book under “Client information”.

You may leave out spaces and dashes.

## What is an activation code, and how do I get one?

It is a code of 10 characters by which you prove that an object is yours. It is not on monthly invoices. The managing
company sends it by post, or its staff give it to you when they have checked who you are.

It works once. On the main window, beside the object that was not added, enter it under “Activation code” and press
“Confirm the code”.

## Why could the object not be added?

The payer code is printed on every invoice, so it is not enough alone. Check the managing company and the payer code. An
object is added at once when nobody in the self-service has it yet and your name (or your company's) is the payer's. Some
companies want the activation code nevertheless, or decide themselves.

Still not? Enter the activation code, or press “Send a request to the administrator” on the main window. You will get the
answer by email.

## How do I put several objects into one account?

On the main window press “Add an object”. Under “Client information” choose the managing company, enter the payment book ID and press “Add”. Add
each object in this way, then press “Save” – until then “Not saved yet” stands beside it.

The objects may belong to different managing companies.

## How do I remove an object?

Under “Client information” press “x” beside the payment book and then “Save”. Until you save you can press “Bring back”.

When an object is removed, the rights of everybody with whom you shared it end at once. Invoices do not go away: the
managing company goes on issuing them.

## I have sold my flat. What do I do?

Tell the managing company: it closes your payment book. After its last day you can no longer declare, share, order or
vote, and the rights of those with whom you shared it end too.

You still see your own invoices and history, and can pay what is owed. The new owner sees nothing of yours but the meter
readings of the day of handover.

## A letter says that somebody else added my object. What do I do?

If it is a co-owner or one of your family, nothing. If you do not know them, open the link in the letter and press “It
was not me”. The new access stops at once and the managing company looks into it. The link works for 14 days.

# Sharing an object

## How do I let a relative or a tenant use the object?

Under “Client information”, in the part about sharing, choose the object, enter that person's email, choose the rights and, if needed, the
last day. Press “Add” and then “Save”.

They get an invitation by email. Until they accept it you see “We wait for an answer”. An invitation is good for 30 days.

## What rights can I give?

- “Everything I can”: see invoices, pay, declare meters, order services.
- “Only declare meters”.
- “Only see invoices and pay”.

Nobody with whom you share can share on, remove the object or vote: that remains the owner's.

## I was invited to use an object. How do I accept?

Sign in with the email to which the invitation came. The main window shows who shares which object: press “Accept” or
“Decline”.

No account yet? Open the link in the letter and register: the email is filled in already, and no payer code is needed.

## How do I stop sharing?

Under “Client information” press “x” beside the person and then “Save”. Their rights end at once.

If an object was shared with you, you can leave it yourself: press “Give up the object”.

# Invoices and payments

## Where are my invoices?

Choose “Invoices” in the menu. Unpaid ones stand at the top, all others below by month. Open an invoice to see what you
pay for and to press “Download PDF”.

## What is in “Amount due”?

The debts of all your objects whose invoices you see, those that are not due yet included. Credit of one object does not
lower the debt of another.

The total printed on an invoice is that of the day it was issued. If you have paid since then, the amount due is less.

## How do I pay an invoice?

- Open the invoice, choose to pay by QR code in your bank's app, and scan the code from the screen.
- Or copy the beneficiary, the account (IBAN), the sum and the payment reference into your bank.
- If the company takes payments online, press “Pay” and pay at once, also for several objects.

Always give the payment reference: by it the payment is booked to you.

## May I pay only a part?

Yes. Enter a smaller sum when you pay. The invoice will say “Partly paid” and the rest stays in the amount due.

## Can somebody else pay for me?

Yes. Open the invoice and press “Make a link for whoever will pay”. Whoever has it sees the sum, the address and how to pay, but
neither your name nor what the invoice is for. You can end it at any time: press “Take the link back”.

If that person pays all the time, share the object with them with the right “Only see invoices and pay”.

## Why is it so much this month?

Open the invoice and look under “Why this much?”. Each line is compared there with last month and with the same month a
year ago, and beside metered lines stand the readings by which they were counted.

## What does “credit” mean?

You have paid more than was due. The credit stays in your payment book and covers later invoices of the same object.
If you want it back, write to the managing company.

## I have paid, but the invoice is still unpaid. Why?

Payments made at a bank appear when the managing company brings them in. The main window says when its data were last
updated. What you pay online here you see at once.

If the payment is not here after some working days, write to the managing company and tell the day and the sum.

## When is late interest charged?

The managing company counts late interest and puts it on an invoice. The self-service adds none by itself.

# Meters

## When and how do I declare meter readings?

Usually from the 15th to the 27th of the month, both days included. If your company or building has other days, they are
named under “Meter declaration” and on the main window.

Enter the reading under “Now” beside the meter and press “Declare”. With several meters enter all of them and press
“Declare all”. A comma and a point mean the same.

## The letter has a link to declare. Do I have to sign in?

No. Press “Declare” in the letter: it opens only those meters of yours that are not declared yet for that time. The page shows
the address, the meter's number and the reading before, and nothing else. To correct a reading that you declared, sign in.

The link stops working when all is declared or the time is over. Do not pass it on: whoever has it can declare for you.

## I made a mistake. How do I correct a reading?

While declaring is open press “Correct” beside the meter, enter the right reading and press “Declare” again. After that
turn to the managing company.

## Why am I asked to confirm that a reading is right?

We ask when unusually much was used, when the decimal point may stand in the wrong place or two meters may be swapped,
and when a meter may have rolled over. Look at the meter once more. If the number is true, tick “I have checked, the reading is
right” and declare.

## The reading is lower than the one before. What do I do?

If the meter rolled over through zeros, confirm that the reading is right. Otherwise a lower reading is not taken, but
you can press “Send the reading to be checked” and add a photo of the meter. Staff will check it, and what you entered is not lost.

## I was too late to declare. What now?

Declare next month: the next reading covers both months and says for how many days. The managing company may also open
declaring for a while.

## May I add a photo of the meter?

Yes. When you have declared the reading, press “Add a photo” beside the meter. The managing company sees it when it checks the
reading. We remove the place of taking that is kept within a photo.

## My meter is not in the list. Why?

The managing company brings meters into the self-service. Perhaps yours has just been replaced or is not brought in yet.
Write to the managing company: tell the address, the meter's number and the reading.

## Do I have to declare a meter that is read remotely?

No. The managing company reads it itself; here you only see its readings.

## Why can I not declare?

- Declaring has not begun or is over: the page says when it is open again.
- Your managing company does not take readings here. Give them the way you have until now.
- The object was shared with you only to see invoices and pay.
- The payment book is closed.

## Where are earlier readings?

Choose “Declared meter readings” in the menu. Narrow them by meter type, object and declaration date and press “Show”. Charts of what was used are there
too. The list can be taken away: “Download CSV”.

## How do I see the days of declaring in my calendar?

Press your name at the top right, then “My contacts” and “Choose letters”. Under “Calendar” press “Open” and then “Make a link”. Add the
link to the calendar of your phone or computer as a subscription.

Whoever has the link sees these days and your addresses, and nothing else. If somebody has seen it, press “Change the link”: the
old one will stop working.

# The building, services and faults

## Where do I see what is happening in my building?

Choose “Notices and works” in the menu: planned and finished works and the announcements of the managing company.
The most important ones stand on the main window too. The object's own page has the documents of the building and who is in charge of it.

## How do I order a service?

Choose “Services” in the menu, then the service, the object and the time that suits you. You may add photos. Press “Place the order”.

The number, the state, the person in charge and the deadline are shown there, under “My orders”. Open the order to write a message, or to
press “Change the time” or “Cancel the order”.

## How do I report a fault?

In an emergency – water is running, you smell gas or there is a fire – call first: the emergency phone stands at the top of “Services” and on the object's
page, and the common emergency number is 112.

Report other faults under “Services”: press “Report a fault”, write what has happened and how urgent it is, add a photo and press
“Send”. We answer in 1 working day if it is urgent, and otherwise in 5.

## The order is done, but the work is bad. What do I do?

Within 14 days open the order under “Services”, write what is wrong and press “Open it again”. A fault or a question is returned in
the same way.

Later order anew and name the number of the earlier order.

## How do I reach the managing company?

At the bottom of the page press “Have not found an answer? Contact us!”, write, and press “Send”. You need not be signed
in: we answer by email. When you are signed in, your question and the answer stand under “Services”.

The phone and the email of your managing company are on the main window and on the object's page.

# Voting

## Who may vote?

The owner of the premises: one premises, one vote. Co-owners share one vote, and each sees who changed it last. For a
company its account votes.

Tenants and people with whom an object is only shared do not vote.

## How do I vote, and may I change my mind?

Choose “Voting” in the menu. Mark “For”, “Against” or “Abstain” at each question (at some, one of several options) and press “Vote”. You
will see a receipt code, which shows that your vote has come; in the minutes you find by it that it was counted. Until the
vote closes you can change it.

Do not vote on paper as well: if the ballots of the same premises differ, the managing company settles which one counts and
gives the reason in the minutes.

## When do I learn the results, and does such a vote count?

The results and the minutes are shown when the vote has closed; before that nobody sees them. Owners also
get a letter. Whether a click is a vote or only an
opinion poll the managing company decides: the page of the vote says so.

# Account and letters

## What letters do you send, and how do I turn them off?

You may turn off the letters that we send:
- when a new invoice is issued;
- when declaring begins, and three days before it ends if not all is declared;
- when the managing company announces something of your building;
- three days before a vote ends, if you have not voted.

Press your name at the top right, then “My contacts” and “Choose letters”. Leave the ticks at those you want and press “Save”. You can
turn off one kind without signing in, too: by the link at the bottom of the letter.

Letters about the safety of your account, your objects and orders, and the beginning and results of votes always come.

## How do I change my phone number or language?

Press your name at the top right and choose “My contacts”. Change the phone number and press “Save”. The language is
changed there too, and also at the bottom of every page.

## How do I change my email?

You cannot change it yourself, because you sign in with it. Write to or call customer care – the contacts are under “My contacts”.

## How do I delete my account?

Write to customer care: at the bottom of the page press “Have not found an answer? Contact us!”. We answer within a month. When the account is deleted, the
rights of everybody with whom you shared objects end too.

The managing company keeps data of invoices and payments as long as the law requires.
"""


def read(text):
    """Return the topics: a title and its questions, each with its answer."""
    topics = []
    for heading, group in groupby(text.strip().splitlines(), key=lambda line: line.startswith("#")):
        lines = list(group)
        if not heading:
            if topics[-1][1]:
                topics[-1][1][-1][1] = paragraphs(lines)
            continue
        for line in filter(None, lines):
            if line.startswith("## "):
                topics[-1][1].append([line.removeprefix("## "), ""])
            elif line.startswith("# "):
                topics.append((line.removeprefix("# "), []))
    return topics


def paragraphs(lines):
    """Join the lines of each paragraph; items of a list stay apart."""
    blocks = "\n".join(lines).strip().split("\n\n")
    return "\n\n".join(
        block.replace("\n- ", "\0").replace("\n", " ").replace("\0", "\n- ") for block in blocks
    )


def bring_in(apps, schema_editor):
    Topic, Question = apps.get_model("guide", "Topic"), apps.get_model("guide", "Question")
    pairs = zip(read(LITHUANIAN), read(ENGLISH), strict=True)
    for place, ((title, questions), (title_en, questions_en)) in enumerate(pairs, start=1):
        topic = Topic.objects.create(title=title, title_en=title_en, position=10 * place)
        Question.objects.bulk_create(
            Question(
                topic=topic,
                question=question,
                answer=answer,
                question_en=question_en,
                answer_en=answer_en,
                position=10 * number,
            )
            for number, ((question, answer), (question_en, answer_en)) in enumerate(
                zip(questions, questions_en, strict=True), start=1
            )
        )


class Migration(migrations.Migration):
    dependencies = [("guide", "0001_questions_and_answers")]

    operations = [migrations.RunPython(bring_in, migrations.RunPython.noop, elidable=False)]
